"""Certificates for a test: an authority, and what it signs for a server on 127.0.0.1 and for a client."""

import subprocess
from pathlib import Path


class Certificates:
    """PEM files in a folder, made with openssl: ``ca``, and certificate and key of ``server`` and ``client``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.ca = folder / "ca.crt"
        authority = ("-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign")
        self._openssl("req", "-x509", *_NEW, "-keyout", "ca.key", "-out", "ca.crt", *authority)
        self.server, self.server_key = self._signed("server")
        self.client, self.client_key = self._signed("client")

    def keystore(self) -> Path:
        """The server's key and certificates in one file, as Kafka takes them."""
        store = self._folder / "server.pem"
        store.write_text(self.server_key.read_text() + self.server.read_text() + self.ca.read_text())
        return store

    def _signed(self, name: str) -> tuple[Path, Path]:
        certificate, key = f"{name}.crt", f"{name}.key"
        subject = ("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")
        self._openssl("req", *_NEW, "-keyout", key, "-out", f"{name}.csr", *subject)
        authority = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy")
        self._openssl("x509", "-req", "-in", f"{name}.csr", *authority, "-out", certificate)
        return self._folder / certificate, self._folder / key

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)


_NEW = ("-newkey", "rsa:2048", "-nodes")
