"""`initd preload`: the real loader, the real /etc/ld.so.preload of a mount namespace, and each
reason why it could not work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .namespace import BOUND

FILE = "/etc/ld.so.preload"
LIBRARY = next(Path(sys.prefix).glob("lib/python3*/site-packages/initd/native/hostname.so"))
#: Where it is in the namespace.
BOUND_LIBRARY = f"/mnt/{LIBRARY.relative_to(sys.prefix)}"
FQDN = "web1.example.org"

#: /etc is a copy, so that not one program of the machine is touched; initd is at BOUND, where
#: every user may read; and a container's init has written the name.
SETUP = f"""
set -e
umask 077
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/etc /run/initd
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
mount --bind {sys.prefix} /mnt
echo {FQDN} > /run/initd/hostname
chmod 644 /run/initd/hostname
initd={BOUND}
set +e
"""


def inside(script: str, initd: str = BOUND) -> subprocess.CompletedProcess[str]:
    """What the script writes; `$initd` is the launcher."""
    words = ["unshare", "--mount", "sh", "-c", f"{SETUP}\ninitd='{initd}'\n{script}"]
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(words, capture_output=True, text=True, env=env)


def refusal(setup: str, initd: str = BOUND) -> str:
    """The one line of an installation that is refused with 1; the file is as it was."""
    script = f"""{setup}
        state() {{ ls -ld {FILE} 2>&1; cat {FILE} 2>&1; ls -A /etc; }}
        state > /run/before
        "$initd" preload install; echo "code $?"
        state | cmp - /run/before && echo same
    """
    done = inside(script, initd)
    assert done.stdout.splitlines()[-2:] == ["code 1", "same"], done
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("initd")]
    return line


# ---- in and out -----------------------------------------------------------------------------


def test_a_program_without_an_environment_sees_the_name() -> None:
    """From the installation to the removal, and neither before nor after."""
    done = inside(f"""
        env -i hostname; "$initd" preload status; echo $?
        "$initd" preload install; echo $?; env -i hostname; "$initd" preload status; echo $?
        stat -c '%a %u' {FILE}; cat {FILE}
        "$initd" preload remove; echo $?; env -i hostname; test -e {FILE}; echo $?
    """)
    kernel = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        kernel,
        f"not in force: {FILE} does not name {BOUND_LIBRARY}",
        f"name: {FQDN}",
        "1",
        f"{FILE} names {BOUND_LIBRARY}: every program that starts from now on preloads it",
        "0",
        FQDN,
        f"in force: {BOUND_LIBRARY}",
        f"name: {FQDN}",
        "0",
        "644 0",
        BOUND_LIBRARY,
        f"{FILE} is removed",
        "0",
        kernel,
        "1",
    ]


@pytest.mark.parametrize(
    "before",
    ["", "libm.so.6\n", "libm.so.6", "libm.so.6 libdl.so.2:libm.so.6\n\n", "# a note\nlibm.so.6"],
)
def test_what_was_there_is_kept_and_comes_back_to_the_byte(before: str) -> None:
    """Installed twice, removed twice; the loader takes both meanwhile, and is silent."""
    done = inside(f"""
        printf '%s' '{before}' > {FILE}; cp {FILE} /run/before
        "$initd" preload install && "$initd" preload install
        env -i hostname; env -i cat /proc/self/maps | grep -c 'r-xp.*libm\\.'
        "$initd" preload remove && "$initd" preload remove
        cmp {FILE} /run/before && echo same
    """)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[-1] == "same"
    assert lines[1] == f"{FILE} already names {BOUND_LIBRARY}"
    assert lines[2] == FQDN
    assert lines[3] == ("1" if "libm" in before else "0")
    assert lines[-2] == f"{FILE} does not name a library of initd's"


def test_the_file_is_replaced_and_never_written_to() -> None:
    """A program that starts meanwhile finds the old one or the new one, and no half of it."""
    done = inside(f"""
        echo libm.so.6 > {FILE}; chmod 644 {FILE}; ln {FILE} /etc/kept
        "$initd" preload install >/dev/null; cat /etc/kept; rm /etc/kept; ln {FILE} /etc/kept
        "$initd" preload remove >/dev/null; tail -n 1 /etc/kept; cat {FILE}
    """)
    assert done.stdout.splitlines() == ["libm.so.6", BOUND_LIBRARY, "libm.so.6"]


def test_a_note_at_the_end_of_the_file_stays_a_note() -> None:
    """glibc loses sight of a second comment when something stands in front of the first, so
    nothing of ours does. What it says already it may go on to say, and no more."""
    notes = "# a first note that is long, and a second one\\n# short\\n"
    done = inside(f"""
        printf '{notes}' > {FILE}; env -i true 2>/run/before
        "$initd" preload install >/dev/null 2>&1; env -i true 2>/run/after; env -i hostname 2>&-
        grep -vxFf /run/before /run/after
    """)
    assert done.stdout == f"{FQDN}\n"


def test_in_the_file_and_in_the_environment_it_is_loaded_once() -> None:
    """So init sets LD_PRELOAD in any case: musl programs of the image have nothing else."""
    done = inside(f"""
        "$initd" preload install >/dev/null
        LD_PRELOAD={BOUND_LIBRARY} INITD_HOSTNAME=other.example.org hostname
        LD_PRELOAD={BOUND_LIBRARY} cat /proc/self/maps | grep -c 'r-xp.*hostname.so'
    """)
    assert done.stdout.splitlines() == ["other.example.org", "1"], done


def test_the_line_of_an_older_python_gives_way() -> None:
    """Its library is gone, and every program would be told so."""
    done = inside(f"""
        echo /usr/lib/python3.9/site-packages/initd/native/hostname.so > {FILE}
        "$initd" preload install >/dev/null 2>&1; cat {FILE}; env -i hostname
    """)
    assert done.stdout.splitlines() == [BOUND_LIBRARY, FQDN]
    assert done.stderr == ""


def test_status_is_for_programs_too() -> None:
    """One object, and the exit code says the same."""
    done = inside(f"""
        echo libm.so.6 > {FILE}; "$initd" preload status --json; echo $?
        "$initd" preload install >/dev/null; "$initd" preload status --json; echo $?
    """)
    before, code_before, after, code_after = done.stdout.splitlines()
    assert (code_before, code_after) == ("1", "0")
    assert json.loads(before) == {
        "in_force": False,
        "installed": False,
        "why": f"{FILE} does not name {BOUND_LIBRARY}",
        "file": FILE,
        "library": BOUND_LIBRARY,
        "others": ["libm.so.6"],
        "name": FQDN,
    }
    assert json.loads(after) == {
        **json.loads(before),
        "in_force": True,
        "installed": True,
        "why": None,
    }


def test_status_notices_what_has_broken_since() -> None:
    """It is named, and who can't read it sees the loader's line."""
    done = inside(f"""
        "$initd" preload install >/dev/null
        mkdir /run/closed; cp -a {BOUND_LIBRARY} /run/closed; chmod 600 /run/closed/*
        mount --bind /run/closed/hostname.so {BOUND_LIBRARY}
        "$initd" preload status; echo $?
    """)
    why = f"not in force: only some users may read {BOUND_LIBRARY}: chmod o+r {BOUND_LIBRARY}"
    assert done.stdout.splitlines() == [why, f"name: {FQDN}", "1"]


def test_a_file_that_others_can_not_read_is_not_in_force_until_it_is_installed_anew() -> None:
    """Written by hand under a strict umask: the loader asks with the rights of each program."""
    done = inside(f"""
        echo {BOUND_LIBRARY} > {FILE}; "$initd" preload status; echo $?
        "$initd" preload install; "$initd" preload status; stat -c %a {FILE}
    """)
    assert done.stdout.splitlines() == [
        f"not in force: only some users may read {FILE}: chmod o+r {FILE}",
        f"name: {FQDN}",
        "1",
        f"{FILE} names {BOUND_LIBRARY}: every program that starts from now on preloads it",
        f"in force: {BOUND_LIBRARY}",
        f"name: {FQDN}",
        "644",
    ]


# ---- what can't work ------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/run/my app", "/run/my:app", "/run/my#app"])
def test_a_path_that_the_loader_would_split_is_refused(place: str) -> None:
    """Wherever somebody has made the venv."""
    setup = f"mkdir -m 755 '{place}'; mount --bind {sys.prefix} '{place}'"
    line = refusal(setup, f"{place}/bin/initd")
    assert "the loader would split" in line
    assert "install initd elsewhere" in line


def test_a_directory_that_others_can_not_enter_is_refused() -> None:
    """Such as /root, where pipx has put it."""
    setup = (
        f"mkdir -p -m 755 /run/up; mkdir -m 700 /run/up/in; mount --bind {sys.prefix} /run/up/in"
    )
    setup = f"mkdir -m 700 /run/up; mkdir -m 755 /run/up/in; mount --bind {sys.prefix} /run/up/in"
    line = refusal(setup, "/run/up/in/bin/initd")
    assert line == "initd preload: only some users may enter /run/up: chmod o+x /run/up"


def test_noexec_is_refused() -> None:
    """mmap(2) would fail with EPERM in every program. (The launcher can't be run from there
    either, so it is the library alone that is.)"""
    line = refusal(f"""
        mkdir /run/noexec; mount -t tmpfs -o mode=755,noexec tmpfs /run/noexec
        cp -a {BOUND_LIBRARY} /run/noexec; mount --bind /run/noexec/hostname.so {BOUND_LIBRARY}
    """)
    assert "noexec" in line


def test_a_library_that_is_cut_short_is_refused() -> None:
    """Every program that starts would end by SIGBUS, or with the loader's line."""
    line = refusal(f"""
        head -c 100 {BOUND_LIBRARY} > /run/cut; chmod 644 /run/cut
        mount --bind /run/cut {BOUND_LIBRARY}
    """)
    assert line.startswith("initd preload: the loader says: ")
    assert "cannot be preloaded" in line


def test_a_library_that_kills_who_loads_it_is_refused() -> None:
    """Headers without what they promise: by the signal that a program that does nothing gets."""
    line = refusal(f"""
        head -c 1200 {BOUND_LIBRARY} > /run/cut; chmod 644 /run/cut
        mount --bind /run/cut {BOUND_LIBRARY}
    """)
    assert "exits with -" in line or "the loader says" in line


def test_a_loader_that_goes_by_another_file_is_noticed_and_nothing_stays_behind() -> None:
    """Some distributions patch theirs, as is done here."""
    line = refusal("""
        loader=$(readlink -f /lib64/ld-linux-*.so.2 /lib/ld-linux-*.so.1 | head -n 1)
        LC_ALL=C sed 's#/etc/ld.so.preload#/etc/ld-so.preload#' "$loader" > /run/loader
        chmod 755 /run/loader; mount --bind /run/loader "$loader"
    """)
    assert f"programs do not get {BOUND_LIBRARY}: this system's loader ignores" in line
    assert line.endswith(f"; {FILE} is unchanged")


def test_an_installation_that_is_undone_leaves_the_old_files_mode() -> None:
    """It says that the file is as it was."""
    done = inside(f"""
        loader=$(readlink -f /lib64/ld-linux-*.so.2 /lib/ld-linux-*.so.1 | head -n 1)
        LC_ALL=C sed 's#/etc/ld.so.preload#/etc/ld-so.preload#' "$loader" > /run/loader
        chmod 755 /run/loader; mount --bind /run/loader "$loader"
        echo '# mine' > {FILE}; chmod 640 {FILE}
        "$initd" preload install; stat -c %a {FILE}; cat {FILE}
    """)
    assert done.stdout.splitlines() == ["640", "# mine"], done
    assert done.stderr.endswith(f"; {FILE} is unchanged\n")


def test_a_link_is_not_followed() -> None:
    """What it leads to is somebody's, and a rename would replace the link."""
    line = refusal(f"echo > /run/elsewhere; ln -s /run/elsewhere {FILE}")
    assert line == (
        f"initd preload: {FILE}: it is a link to /run/elsewhere: make it a regular file,"
        " or remove it"
    )


def test_a_directory_is_refused() -> None:
    """For removal, too."""
    assert "not a regular file" in refusal(f"mkdir {FILE}")
    done = inside(f'mkdir {FILE}; "$initd" preload remove')
    assert done.returncode == 1
    assert "not a regular file" in done.stderr


def test_who_is_not_root_is_told_where_it_belongs() -> None:
    """And nothing has changed."""
    done = inside(f'setpriv --reuid=54321 --clear-groups "$initd" preload install; ls {FILE}')
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("initd")]
    assert "Permission denied" in line
    assert line.endswith("this needs root: in a Dockerfile, a RUN before USER")


def test_a_musl_system_is_told_that_its_loader_does_not_read_the_file(tmp_path: Path) -> None:
    """What the system's own programs are linked to decides."""
    musl = shutil.which("musl-gcc")
    assert musl is not None, "musl-tools is among the packages of `make apt`"
    (tmp_path / "true.c").write_text("int main(void) { return 0; }\n")
    subprocess.run([musl, "-o", "true", "true.c"], cwd=tmp_path, check=True)
    line = refusal(f"mount --bind {tmp_path}/true /bin/true")
    assert line == (
        "initd preload: this system's C library is musl, whose loader does not read"
        " /etc/ld.so.preload"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "expected install, status or remove"),
        ("instal", "expected install, status or remove"),
        ("install now", "expected install, status or remove"),
        ("status remove", "expected install, status or remove"),
        ("--json", "expected install, status or remove"),
        ("install --json", "--json is for status only"),
        ("status --jso", "unknown option '--jso': see initd --help"),
    ],
)
def test_words_that_mean_nothing_are_125(words: str, said: str) -> None:
    """And one line says which would."""
    done = inside(f'"$initd" preload {words}')
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == f"initd preload: {said}\n"
