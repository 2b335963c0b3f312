"""Tests whose outcome the one file cannot change: they run with the checkout's initd alone.

The process tests run twice, with the checkout's initd and with the one file in its place
(TESTS_UNDER_TEST). These never run the program that is named there. What they look at instead is
the same both times, so a second run would say the same again:

- modules of initd that the test imports from the installed wheel. The one file has the same
  modules, compiled from the same sources: tests/one/test_one_file.py and test_build.py hold that.
- C sources that the test compiles for itself, with sanitizers or for another machine.
- the checkout's own installation, by its path, or a script that uses it.
- programs of others, which initd is compared with.

Where only some tests of a file are such, they are named. tests/unit/test_once.py holds the table
to the files.
"""

from __future__ import annotations

#: By file: the tests, by their functions' names; none named: all of them.
ONCE: dict[str, tuple[str, ...]] = {
    # Modules, within the test or under an interpreter that it starts.
    "test_app_tree.py": (),
    "test_http.py": (),
    "test_http_hostile.py": (),
    "test_http_page.py": (),
    "test_metrics.py": (),
    "test_notify.py": (
        "test_news_change_what_is_known_then_reach_the_log_and_the_listener",
        "test_what_is_sent_while_no_monitor_lives_is_heard_by_the_next_one",
        "test_pid_1s_word_is_taken_in_before_a_datagram_that_was_sent_after_it",
        "test_a_sender_outside_of_the_pid_namespace_is_refused",
        "test_a_sender_in_a_pid_namespace_within_is_heard",
        "test_where_init_is_not_pid_1_strangers_are_refused",
        "test_where_init_is_not_pid_1_its_descendants_are_heard",
        "test_only_root_and_the_apps_user_name_the_main_process",
        "test_who_is_refused_again_and_again_is_logged_once",
        "test_descriptors_that_are_sent_along_do_not_stay",
        "test_a_flood_leaves_the_loop_its_turns_and_the_log_its_lines",
        "test_so_many_refused_senders_are_news_in_a_minute_and_no_more",
        "test_libsystemds_barrier_is_answered_after_what_came_before",
        "test_redis_says_when_it_is_ready_and_when_it_stops",
        "test_gunicorn_says_when_its_arbiter_is_up",
    ),
    "test_probe_exec.py": (),
    "test_prober.py": (),
    "test_probes.py": (),
    "test_statsd.py": (),
    # An init of impatient.py's, which an interpreter runs from the installed wheel.
    "test_monitor.py": ("test_a_thousand_restarts_leave_nothing_in_pid_1",),
    "test_monitor_health.py": ("test_ten_thousand_requests_while_the_app_is_killed_and_restarted",),
    # C sources.
    "test_health_answer.py": (),
    "test_health_verb.py": ("test_the_whole_client_is_clean_under_a_sanitizer",),
    "test_plan_reader.py": (),
    "test_static_aarch64.py": (),
    # The checkout's installation: by its path, or as what `make bench` measures.
    "test_benchmarks.py": (),
    "test_demo.py": (),
    "test_preload.py": (),
    "test_troubleshooting.py": (),
    # Programs of others: tini, dumb-init and catatonit.
    "drop_in/test_side_by_side.py": (
        "test_there_are_enough",
        "test_the_real_one_is_like_itself",
        "test_the_real_ones_are_unlike_one_another",
    ),
    # Shells, with a script that tests/one/test_one_file.py holds to be the same text.
    "test_completion.py": (
        "test_bash_offers",
        "test_bash_completes_a_rewrite_in_two_halves",
        "test_behind_the_command_bash_offers_no_options",
        "test_fish_offers",
        "test_fish_completes_a_rewrite_in_two_halves",
        "test_behind_the_command_fish_offers_no_options",
        "test_zsh_completes",
        "test_zsh_completes_a_rewrite_in_two_halves",
        "test_behind_the_command_zsh_offers_no_options",
        "test_every_option_is_in_each_script",
        "test_each_verb_of_the_table_has_a_function_that_runs_it",
    ),
}


def runs_once(file: str, function: str) -> bool:
    """Of a test function, in a file by its path from here."""
    named = ONCE.get(file)
    return named is not None and (not named or function in named)
