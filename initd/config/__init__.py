"""Where settings come from: flags, environment, roles, profiles, defaults."""
