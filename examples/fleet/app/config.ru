require_relative "lib/app"

use Rack::CommonLogger, $stderr
use Rack::Static, root: "public", urls: App::ASSETS.values.map { |name| "/#{name}" },
                  header_rules: [[:all, { "Cache-Control" => "public, max-age=31536000, immutable" }]]
run App
