"""What ``attio-nb doctor`` says of real situations."""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_config_dir, jupyter_config_path, jupyter_path
from jupyter_server.extension.config import ExtensionConfigManager
from jupyterlab_server.config import write_page_config

from attio_nb.cli import main
from attio_nb.connections.keys import VAULT_KEY_VARIABLE, KeyPlace
from attio_nb.connections.model import Grant, Slot, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import Vault
from attio_nb.doctor import Finding
from attio_nb.doctor.jupyter import (
    Kernel,
    check_kernels,
    check_labextension,
    check_server_extension,
    disabled_labextensions,
    kernels,
    server_extensions,
)
from attio_nb.doctor.packages import check_packages
from attio_nb.doctor.stored import check_folder, check_key, check_set_aside, check_vault
from tests.oauth.stub import Provider, Reply, running

VALUE = "sk-live-5f3a9c"
KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
SINCE = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
APP = """\
[app]
id = "sequences"
name = "Sequences"

[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer API key"

[[connections]]
owner = "user"
type = "secret"
title = "Mailbox password"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app file, which is the working directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "attio-app.toml").write_text(APP)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTERHUB_USER", "alice")
    return folder


def connect(vault: Vault) -> None:
    slot = Slot("sequences", "local", "workspace", "local", "sequencer")
    vault.put(slot, StoredConnection("c1", SecretStr(VALUE), "alice", SINCE))


def quiet_vault(**environ: str) -> Vault:
    return default_vault({**os.environ, **environ}, notify=lambda message: None)


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_good_installation_has_no_problem_and_is_left_as_it_is(project: Path, home: Path) -> None:
    connect(quiet_vault())
    before = files(home)
    done = subprocess.run(
        [sys.executable, "-m", "attio_nb.cli", "doctor"], capture_output=True, text=True, timeout=90
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[-2:] == ["", "No problems found."]
    assert all(line.startswith("ok       ") for line in lines[:-2])
    ipykernel = f"ipykernel {version('ipykernel')}"
    for expected in (
        f"Versions: attio_nb {version('attio-nb')}, Python ",
        f"{ipykernel}, ",
        f"Labextension: {version('attio-nb')}, on, in ",
        "Server extension: on",
        f"Kernel python3: attio_nb {version('attio-nb')}, {ipykernel}",
        "Vault key: key file ",
        "Vault: 1 connection, in ",
        f"App file: {project / 'attio-app.toml'} (“Sequences”)",
        "Person: alice, admin of the workspace local",
        "Connection “Sequencer API key” (workspace, key sequencer): connected by alice since "
        f"{SINCE.astimezone():%Y-%m-%d %H:%M}",
        "Connection “Mailbox password” (user): not connected",
    ):
        assert expected in done.stdout
    assert VALUE not in done.stdout
    assert files(home) == before


OAUTH = """
[[connections]]
owner = "user"
key = "mail"
type = "oauth2"
client_id = "app"
issuer = "https://as.example"
"""


class TestProviders:
    @pytest.fixture
    def provider(self, project: Path) -> Iterator[Provider]:
        with running() as provider:
            app = APP.replace('owner = "user"', 'owner = "user"\nkey = "box"')
            app_file = project / "attio-app.toml"
            app_file.write_text(app + OAUTH.replace("https://as.example", provider.url))
            yield provider

    def test_are_asked_for_nothing_unless_that_is_wanted(
        self, provider: Provider, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["doctor"]) == 0
        said = capsys.readouterr().out
        assert f"Provider {provider.url}: not asked; attio-nb doctor --providers" in said
        assert provider.calls == []

    def test_with_good_endpoints_are_fine(
        self, provider: Provider, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["doctor", "--providers"]) == 0
        assert f"ok       Provider {provider.url}: each" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("name", "consequence"),
        [
            ("authorization_endpoint", "nobody can sign in"),
            ("token_endpoint", "no token can be had"),
            ("revocation_endpoint", "cannot revoke"),
            ("device_authorization_endpoint", "no other device"),
            ("registration_endpoint", "cannot register"),
        ],
    )
    @pytest.mark.parametrize(
        "value", ["http://as.example/x\u202e", "/x", ["x"], "http://a.example"]
    )
    def test_with_a_bad_endpoint_are_a_problem(
        self,
        provider: Provider,
        capsys: pytest.CaptureFixture[str],
        name: str,
        consequence: str,
        value: object,
    ) -> None:
        provider.metadata[name] = value
        assert main(["doctor", "--providers"]) == 1
        said = capsys.readouterr().out
        assert f"problem  Provider {provider.url}: " in said
        assert consequence in said
        assert name in said
        assert "\u202e" not in said
        assert "1 problem found." in said

    def test_that_do_not_answer_are_a_problem(
        self, provider: Provider, capsys: pytest.CaptureFixture[str]
    ) -> None:
        provider.metadata_answers += [Reply(b"", 503)] * 4
        provider.well_known *= 4
        assert main(["doctor", "--providers"]) == 1
        assert "503" in capsys.readouterr().out


def test_a_grant_that_has_ended_is_a_problem_with_its_fix(
    project: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app_file = project / "attio-app.toml"
    app_file.write_text(APP.replace('owner = "user"', 'owner = "user"\nkey = "box"') + OAUTH)
    grant = Grant("app https://as.example", SecretStr(VALUE), 0, 1, 2, (), expired=True)
    stored = StoredConnection("c2", SecretStr(VALUE), "alice", SINCE, grant)
    vault = quiet_vault()
    vault.put(Slot("sequences", "local", "user", "alice", "mail"), stored)
    vault.put(Slot("sequences", "local", "client", "app", "mail"), stored._replace(grant=None))

    assert main(["doctor"]) == 1

    said = capsys.readouterr().out
    assert ", and expired since\n         Sign in again: %connect user mail\n" in said
    assert "Vault: 1 connection, in " in said
    assert VALUE not in said


def test_a_value_that_a_service_has_refused_is_a_problem_with_its_fix(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slot = Slot("sequences", "local", "workspace", "local", "sequencer")
    stored = StoredConnection("c1", SecretStr(VALUE), "alice", SINCE)
    quiet_vault().put(slot, stored._replace(refused_at=SINCE.timestamp()))

    assert main(["doctor"]) == 1

    said = capsys.readouterr().out
    at = f"{SINCE.astimezone():%Y-%m-%d %H:%M}"
    assert (
        f", and refused by the service on {at}\n"
        "         Connect again: %connect workspace sequencer\n"
    ) in said
    assert VALUE not in said


def test_nothing_is_made_where_there_is_nothing_yet(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["doctor"]) == 0

    said = capsys.readouterr().out
    assert "where the first one will be put" in said
    assert "Vault: none yet; it will be" in said
    assert "App file: none in " in said
    assert files(home) == {}


def test_a_mistake_in_the_app_file_is_told_with_its_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "attio-app.toml"
    file.write_text(APP.replace("title", "tilte", 1))

    assert main(["doctor"]) == 1

    said = capsys.readouterr().out
    assert "problem  App file: attio-app.toml, line 9: " in said
    assert f"\n         Correct {file}.\n" in said
    assert said.endswith("\n1 problem found.\n")


SIGN_IN = """
[[connections]]
owner = "user"
key = "{key}"
type = "oauth2"
title = "{key}"
client_id = "{key}"
"""
ENDPOINTS = """\
authorization_endpoint = "https://{key}.example/authorize"
token_endpoint = "https://{key}.example/token"
"""


def with_endpoints(key: str, *lines: str) -> str:
    return "\n".join([f"{SIGN_IN}{ENDPOINTS}".format(key=key), *lines, ""])


def with_issuer(provider: Provider, key: str) -> str:
    return f'{SIGN_IN.format(key=key)}issuer = "{provider.url}"\n'


class TestRedirectUris:
    """Two providers that share one are told of where their answers can be mixed up."""

    @pytest.fixture
    def issuer(self) -> Iterator[Provider]:
        with running() as provider:
            yield provider

    @pytest.fixture
    def elsewhere(self) -> Iterator[Provider]:
        with running() as provider:
            yield provider

    def said(self, project: Path, capsys: pytest.CaptureFixture[str], *connections: str) -> str:
        app = APP.partition("[[connections]]")[0]
        (project / "attio-app.toml").write_text(app + "".join(connections))
        main(["doctor"])
        return "\n".join(
            f"{line}\n{fix}"
            for line, fix in itertools.pairwise(capsys.readouterr().out.splitlines())
            if "Redirect URIs" in line
        )

    def test_of_two_that_do_not_name_themselves(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = self.said(project, capsys, with_endpoints("a"), with_endpoints("b"))
        assert said.startswith("problem  Redirect URIs: “a” and “b” share one")
        assert 'redirect_path = "/callback/b"' in said
        assert said.count("Redirect URIs") == 1

    def test_of_three_in_one_sentence(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = self.said(project, capsys, *map(with_endpoints, "abc"))
        assert said.count("Redirect URIs") == 1
        assert '"/callback/b" for “b” and redirect_path = "/callback/c" for “c”' in said

    def test_of_two_that_are_pasted_from_one_page(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        page = 'redirect_uri = "https://app.example/in"'
        said = self.said(project, capsys, *(with_endpoints(key, page) for key in "ab"))
        assert "Write another redirect_uri for “b” in attio-app.toml" in said
        assert "redirect_path" not in said

    @pytest.mark.parametrize("sends_iss", [False, None, "true"])
    def test_of_one_whose_metadata_do_not_promise_it(
        self,
        project: Path,
        capsys: pytest.CaptureFixture[str],
        issuer: Provider,
        elsewhere: Provider,
        sends_iss: object,
    ) -> None:
        issuer.metadata["authorization_response_iss_parameter_supported"] = sends_iss
        both = with_issuer(elsewhere, "a"), with_issuer(issuer, "b")
        assert "the provider of “b” does not promise" in self.said(project, capsys, *both)

    def test_not_of_two_that_promise_it(
        self,
        project: Path,
        capsys: pytest.CaptureFixture[str],
        issuer: Provider,
        elsewhere: Provider,
    ) -> None:
        both = with_issuer(issuer, "a"), with_issuer(elsewhere, "b")
        assert self.said(project, capsys, *both) == ""

    def test_not_where_metadata_cannot_be_had(
        self,
        project: Path,
        capsys: pytest.CaptureFixture[str],
        issuer: Provider,
        elsewhere: Provider,
    ) -> None:
        issuer.metadata_answers += [Reply(b"", 503)] * 9
        both = with_issuer(issuer, "a"), with_issuer(elsewhere, "b")
        assert self.said(project, capsys, *both) == ""

    def test_not_of_one_that_has_its_own(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        own = with_endpoints("b", 'redirect_path = "/callback/b"')
        assert self.said(project, capsys, with_endpoints("a"), own) == ""


def test_a_value_from_the_environment_is_told_of_and_not_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTIO_NB_WORKSPACE_CONNECTION__SEQUENCER", VALUE)

    assert main(["doctor"]) == 0

    said = capsys.readouterr().out
    assert "from the environment variable ATTIO_NB_WORKSPACE_CONNECTION__SEQUENCER" in said
    assert VALUE not in said


def test_a_value_from_the_environment_that_cannot_be_one_is_a_problem_and_not_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTIO_NB_WORKSPACE_CONNECTION__SEQUENCER", f"{VALUE}\x1b[2J")

    assert main(["doctor"]) == 1

    said = capsys.readouterr().out
    assert "problem  Connection " in said
    assert "The environment variable ATTIO_NB_WORKSPACE_CONNECTION__SEQUENCER cannot" in said
    assert VALUE not in said


def test_somebody_whom_the_app_file_does_not_name_is_told_how_to_be_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (project / "attio-app.toml").open("a") as file:
        file.write('\n[[members]]\nid = "bob"\nrole = "admin"\n')

    assert main(["doctor"]) == 1

    told = capsys.readouterr().out
    assert "1 problem found." in told
    assert (
        'problem  Person: You are "alice", who is not a member in attio-app.toml.\n         Act '
        in told
    )


@pytest.mark.parametrize(
    ("key", "damage", "why"), [(KEY, 1, "it was damaged"), (OTHER_KEY, 0, "made with another key")]
)
def test_a_vault_that_does_not_open_is_a_problem_and_stays_where_it_is(
    key: str, damage: int, why: str
) -> None:
    connect(quiet_vault(**{VAULT_KEY_VARIABLE: KEY}))
    vault = quiet_vault(**{VAULT_KEY_VARIABLE: key})
    content = bytearray(vault.path.read_bytes())
    content[-1] ^= damage
    vault.path.write_bytes(content)

    finding, entries = check_vault(vault)

    assert (finding.well, entries) == (False, {})
    assert why in finding.text
    assert finding.fix.startswith("Give it its key")
    assert vault.path.read_bytes() == content
    assert sorted(path.name for path in vault.path.parent.iterdir()) == [
        "vault.bin",
        "vault.bin.lock",
    ]


def test_a_vault_whose_key_is_nowhere_here_says_where_to_put_it() -> None:
    connect(quiet_vault(**{VAULT_KEY_VARIABLE: KEY}))
    finding, _ = check_vault(quiet_vault())
    assert VAULT_KEY_VARIABLE in finding.text
    assert finding.fix == "Set it and try again."


def test_a_vault_that_cannot_be_read_says_why() -> None:
    vault = quiet_vault()
    vault.path.mkdir(parents=True)
    finding, _ = check_vault(vault)
    assert finding.text == f"Vault: The vault {vault.path} cannot be read: is a directory."
    assert finding.fix == "Make it readable and try again."


def test_without_its_key_what_is_connected_is_not_guessed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VAULT_KEY_VARIABLE, "not a key")

    assert main(["doctor"]) == 1

    said = capsys.readouterr().out
    assert f"problem  Vault key: {VAULT_KEY_VARIABLE} does not hold a vault key" in said
    assert said.count("unknown, since the vault was not opened") == 2
    assert "not a key" not in said


def test_a_vault_that_was_set_aside_is_listed_with_its_way_back() -> None:
    connect(quiet_vault(**{VAULT_KEY_VARIABLE: KEY}))
    vault = quiet_vault(**{VAULT_KEY_VARIABLE: OTHER_KEY})
    assert vault.entries() == {}
    (finding,) = check_set_aside(vault.path)
    assert "vault.bin.unreadable-" in finding.text
    assert f"rename it to {vault.path}" in finding.fix


def test_a_key_file_that_holds_no_key_is_a_problem() -> None:
    connect(vault := quiet_vault())
    vault.keys.key_file.write_text("something else")
    finding = check_key(quiet_vault().keys)
    assert "does not hold a vault key" in finding.text
    assert not finding.well


def test_a_place_where_no_vault_can_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file where the folder should be")
    finding = check_folder(tmp_path / "vault" / "vault.bin")
    assert finding is not None
    assert "ATTIO_NB_DATA_DIR" in finding.fix
    assert check_folder(tmp_path / "not/there/yet/vault.bin") is None


DESKTOP = """
import subprocess, sys
from attio_nb.cli import main
from attio_nb.connections.own import default_vault

def daemon(*options, password=None):
    subprocess.run(
        ["gnome-keyring-daemon", *options, "--components=secrets"],
        input=password, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
"""


@pytest.fixture
def in_desktop(home: Path, program: Callable[..., str]) -> Callable[[str], str]:
    """Run a script on a D-Bus session of its own, and return what it prints."""
    program("gnome-keyring-daemon")
    command = [program("dbus-run-session"), "--", sys.executable, "-c"]

    def run(script: str) -> str:
        with tempfile.TemporaryDirectory(prefix="attio-") as runtime:
            environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
            del environment["PYTHON_KEYRING_BACKEND"]
            done = subprocess.run(
                [*command, DESKTOP + script],
                env=environment,
                capture_output=True,
                text=True,
                timeout=90,
            )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_real_keyring_is_named_and_a_locked_one_is_a_problem(
    project: Path, in_desktop: Callable[[str], str]
) -> None:
    unlocked = in_desktop(
        'daemon("--unlock", password=b"a password")\n'
        "default_vault().prepare()\n"
        'assert main(["doctor"]) == 0'
    )
    locked = in_desktop('daemon("--start", "--daemonize")\nassert main(["doctor"]) == 1')

    assert "ok       Vault key: keyring SecretService Keyring\n" in unlocked
    assert "problem  Vault key: the operating system's keyring is locked" in locked
    assert "\n         Unlock it, and run this again" in locked
    assert locked.endswith("\n1 problem found.\n")


def test_a_labextension_that_is_switched_off_is_a_problem_with_the_command_that_helps() -> None:
    write_page_config({"disabledExtensions": {"attio-nb": True}}, level="user")
    paths = jupyter_path("labextensions")

    finding = check_labextension(paths, disabled_labextensions(paths))

    assert finding.text == "Labextension: attio-nb is disabled."
    assert finding.fix.endswith("-m jupyter labextension enable attio-nb")


def test_one_plugin_that_is_switched_off_is_a_problem_too() -> None:
    finding = check_labextension(jupyter_path("labextensions"), ["other", "attio-nb:prompt"])
    assert finding.text == "Labextension: attio-nb:prompt is disabled."


def test_a_labextension_that_is_not_installed_is_a_problem(tmp_path: Path) -> None:
    finding = check_labextension([str(tmp_path)], [])
    assert not finding.well
    assert str(tmp_path) in finding.text


def test_a_labextension_of_another_version_is_a_problem(tmp_path: Path) -> None:
    folder = tmp_path / "attio-nb"
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({"version": "0.0.9"}))
    finding = check_labextension([str(tmp_path), *jupyter_path("labextensions")], [])
    assert "has version 0.0.9, and attio_nb is " in finding.text


def test_a_server_extension_that_is_switched_off_is_a_problem_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # In a virtual environment its own configuration would win otherwise.
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    folder = Path(jupyter_config_dir(), "jupyter_server_config.d")
    manager = ExtensionConfigManager(write_config_dir=str(folder))
    manager.disable("attio_nb.jupyter")

    finding = check_server_extension(server_extensions(jupyter_config_path()))

    assert finding.text == "Server extension: attio_nb.jupyter is disabled."
    assert finding.fix.endswith("-m jupyter server extension enable attio_nb.jupyter")


def test_a_server_extension_that_nothing_names_is_a_problem(tmp_path: Path) -> None:
    assert not check_server_extension(server_extensions([str(tmp_path)])).well


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Kernel]:
    """Make a virtual environment in which some versions of distributions seem to be installed."""

    def make(**versions: str) -> Kernel:
        folder = tmp_path / "environment"
        builder = venv.EnvBuilder(symlinks=os.name != "nt")
        builder.create(folder)
        (site,) = folder.glob("**/site-packages")
        for name, number in versions.items():
            described = site / f"{name}-{number}.dist-info"
            described.mkdir()
            (described / "METADATA").write_text(f"Name: {name}\nVersion: {number}\n")
        return Kernel("mine", builder.ensure_directories(folder).env_exe)

    return make


def kernel_finding(kernel: Kernel) -> Finding:
    """What is said of this kernel, next to one that can load the package."""
    _, finding = check_kernels([Kernel("python3", sys.executable), kernel], "6.31")
    return finding


def test_a_kernel_with_too_old_an_ipykernel_is_a_problem(
    environment: Callable[..., Kernel],
) -> None:
    finding = kernel_finding(environment(ipykernel="6.30.1", attio_nb=version("attio-nb")))
    assert finding.text == "Kernel mine: ipykernel 6.30.1 is older than 6.31."
    assert finding.fix.endswith('-m pip install "ipykernel>=6.31"')


def test_a_kernel_with_another_version_of_the_package_is_a_problem(
    environment: Callable[..., Kernel],
) -> None:
    finding = kernel_finding(environment(ipykernel="7.4.0", attio_nb="0.0.9"))
    assert "it has attio_nb 0.0.9, and this is" in finding.text
    assert not finding.well


def test_a_kernel_without_the_package_is_told_what_would_bring_it(
    environment: Callable[..., Kernel],
) -> None:
    kernel = environment(ipykernel="7.4.0")
    finding = kernel_finding(kernel)
    assert finding.well
    assert f"{kernel.python} -m pip install attio-nb" in finding.text


def test_a_kernel_whose_python_is_gone_is_a_problem(tmp_path: Path) -> None:
    finding = kernel_finding(Kernel("gone", str(tmp_path / "python3")))
    assert finding.text == f"Kernel gone: {tmp_path / 'python3'} cannot be started."
    assert finding.fix.endswith("jupyter kernelspec remove gone")


@pytest.mark.parametrize(
    ("argv", "language", "told"),
    [
        (["R", "--slave", "-e", "IRkernel::main()"], "R", "its language is R, and attio_nb is for"),
        ([sys.executable, "-m", "bash_kernel"], "bash", "its language is bash, and attio_nb is"),
        (["docker", "run", "image"], "python", "docker starts it, so that doctor cannot see"),
        (["/opt/conda/bin/conda", "run", "python"], "python", "/opt/conda/bin/conda starts it"),
        (["python3", "-m", "xpython_launcher"], "python", "without ipykernel: a getter asks in"),
        (["python3.11", "-m", "ipykernel_launcher"], "python", f"ipykernel {version('ipykernel')}"),
        (["python", "-m", "ipykernel"], "python", f"ipykernel {version('ipykernel')}"),
    ],
)
def test_what_each_kernel_can_do_is_told(
    argv: list[str], language: str, told: str, tmp_path: Path
) -> None:
    folder = tmp_path / "kernels/mine"
    folder.mkdir(parents=True)
    spec = {"argv": argv, "language": language, "display_name": "Mine"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    (kernel,) = [each for each in kernels([str(folder.parent)]) if each.name == "mine"]
    finding = kernel_finding(kernel)
    assert finding.well
    assert told in finding.text


def test_it_is_a_problem_when_no_kernel_has_the_package(tmp_path: Path) -> None:
    nowhere = Kernel("gone", str(tmp_path / "python"))
    first, *_ = check_kernels([nowhere], "6.31")
    assert first.text == "Kernels: none has attio_nb."


def test_packages_that_are_missing_or_too_old_are_problems() -> None:
    versions = {"ipykernel": "6.29.0", "keyring": "25.1"}
    shown, *problems = check_packages(["ipykernel>=6.31", "keyring>=25", "httpx"], versions.get)
    assert "ipykernel 6.29.0, keyring 25.1" in shown.text
    assert "no notebook" in shown.text
    assert [each.text for each in problems] == [
        "Packages: attio_nb needs ipykernel>=6.31, and 6.29.0 is installed.",
        "Packages: attio_nb needs httpx, and none is installed.",
    ]


def test_a_package_for_another_operating_system_is_not_missed() -> None:
    needed = ["truststore>=0.10; sys_platform == 'plan9'"]
    assert all(each.well for each in check_packages(needed, {}.get))


def test_a_finding_reads_as_a_line_with_its_fix_below() -> None:
    assert str(Finding(True, "Server: on")) == "ok       Server: on"
    assert str(Finding(False, "It is off.", "Do this.")) == (
        "problem  It is off.\n         Do this."
    )


def test_looking_for_a_key_in_another_place_is_not_needed_to_name_it() -> None:
    assert quiet_vault(**{VAULT_KEY_VARIABLE: KEY}).keys.place() is KeyPlace.ENVIRONMENT
    assert quiet_vault().keys.place() is KeyPlace.FILE
