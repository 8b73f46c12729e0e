"""Uploads that go on where a bad line cut them off: the tus protocol, version 1.0.0 (https://tus.io/protocols/)."""
