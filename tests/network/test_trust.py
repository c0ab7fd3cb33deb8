"""The certificates that are trusted: those that a variable names, the system's, or certifi's."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi
import pytest
import truststore

from attio_nb.errors import SetupError
from attio_nb.network.trust import make_ssl_context


def problem(name: str, value: object) -> str:
    with pytest.raises(SetupError) as error:
        make_ssl_context({name: str(value)})
    assert f"{name}={value} cannot be used" in str(error.value)
    return str(error.value)


def test_a_file_that_is_missing_is_told() -> None:
    assert "no such file" in problem("SSL_CERT_FILE", "/nope")


def test_a_file_without_a_certificate_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    for content in (b"", b"no certificate", b"\x00\xff" * 100):
        file.write_bytes(content)
        assert "no certificate in PEM format" in problem("SSL_CERT_FILE", file)


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    assert "it is a folder" in problem("SSL_CERT_FILE", tmp_path)


def test_a_folder_that_is_missing_or_holds_no_certificate_is_told(tmp_path: Path) -> None:
    assert "no such folder" in problem("SSL_CERT_DIR", tmp_path / "none")
    assert "openssl rehash" in problem("SSL_CERT_DIR", tmp_path)
    (tmp_path / "ca.pem").write_bytes(Path(certifi.where()).read_bytes())
    assert "openssl rehash" in problem("SSL_CERT_DIR", tmp_path)


def test_a_variable_that_is_empty_is_none() -> None:
    assert make_ssl_context({"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""})


def test_a_file_wins_over_a_folder(tmp_path: Path) -> None:
    environ = {"SSL_CERT_FILE": certifi.where(), "SSL_CERT_DIR": str(tmp_path)}
    assert make_ssl_context(environ).cert_store_stats()["x509_ca"] > 0


def test_the_system_is_asked_where_no_variable_is_set(tmp_path: Path) -> None:
    for platform in ("darwin", "win32"):
        context = make_ssl_context({}, platform=platform)
        assert isinstance(context, truststore.SSLContext)
    context = make_ssl_context({}, platform="linux")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("is_folder", [False, True])
def test_the_certificates_of_linux_are_trusted_wherever_it_keeps_them(
    tmp_path: Path, is_folder: bool
) -> None:
    authority = tmp_path / ("5ed36f99.0" if is_folder else "ca.pem")
    authority.write_bytes(Path(certifi.where()).read_bytes())
    found = str(tmp_path if is_folder else authority)
    paths = (str(tmp_path / "missing.crt"), found)
    context = make_ssl_context({}, platform="linux", system_paths=paths)
    assert (context.cert_store_stats()["x509_ca"] > 0) is not is_folder


def test_certifi_is_used_where_the_system_has_no_certificates(tmp_path: Path) -> None:
    context = make_ssl_context({}, platform="linux", system_paths=(str(tmp_path), ""))
    assert context.cert_store_stats()["x509_ca"] > 0
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_file_for_keys_that_cannot_be_written_is_told_by_its_own_variable(tmp_path: Path) -> None:
    for file in (tmp_path / "missing" / "keys.log", tmp_path):
        environ = {"SSL_CERT_FILE": certifi.where(), "SSLKEYLOGFILE": str(file)}
        with pytest.raises(SetupError, match=f"SSLKEYLOGFILE={file} cannot be used"):
            make_ssl_context(environ)
    assert make_ssl_context({"SSLKEYLOGFILE": str(tmp_path / "keys.log")})
