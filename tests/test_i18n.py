"""Translation, with a catalogue written out here byte by byte as gettext's manual lays it down."""

from __future__ import annotations

import struct

import pytest

from designer import i18n
from designer.i18n import N_, LabelledEnum, _, available_languages, install_language, ngettext

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
GERMAN = {
    "": HEADER,
    "Save {name}": "{name} speichern",
    "{n} layer\0{n} layers": "{n} Schicht\0{n} Schichten",
}


def catalogue(messages: dict[str, str]) -> bytes:
    """A ``.mo`` file: header, table of originals, table of translations, no hash table, then the strings."""
    originals = sorted(messages)
    texts = [text.encode() for text in (*originals, *(messages[original] for original in originals))]
    tables, strings, start = b"", b"", 28 + 8 * len(texts)
    for text in texts:
        tables += struct.pack("<II", len(text), start + len(strings))
        strings += text + b"\0"
    count = len(originals)
    return struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + tables + strings


@pytest.fixture
def german(tmp_path, monkeypatch):
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "netdraft.mo").write_bytes(catalogue(GERMAN))
    monkeypatch.setattr(i18n, "resource", lambda path: tmp_path / path)
    install_language("de")
    yield
    monkeypatch.undo()
    install_language("en")


def test_without_a_catalogue_texts_are_english():
    install_language("xx")
    assert _("Save {name}") == "Save {name}"
    assert ngettext("{n} layer", "{n} layers", 1) == "{n} layer"
    assert ngettext("{n} layer", "{n} layers", 2) == "{n} layers"


def test_a_language_translates(german):
    assert _("Save {name}").format(name="net.json") == "net.json speichern"
    assert ngettext("{n} layer", "{n} layers", 1).format(n=1) == "1 Schicht"
    assert ngettext("{n} layer", "{n} layers", 3).format(n=3) == "3 Schichten"


def test_an_unknown_text_stays_english(german):
    assert _("Open") == "Open"


def test_an_empty_text_is_not_the_header(german):
    assert _("") == ""


def test_marking_does_not_translate_and_use_does(german):
    label = N_("Save {name}")
    assert label == "Save {name}"
    assert _(label) == "{name} speichern"


def test_a_choice_is_its_value_and_its_words_are_translated(german):
    class Saving(LabelledEnum):
        NOW = "now", N_("Save {name}")
        LATER = "later", "Later", N_("Save {name}")

    assert Saving("now") is Saving.NOW
    assert f"{Saving.NOW}, {Saving.LATER}" == "now, later"
    assert (Saving.NOW.label, Saving.NOW.help) == ("{name} speichern", "")
    assert (Saving.LATER.label, Saving.LATER.help) == ("Later", "{name} speichern")
    install_language("xx")
    assert Saving.NOW.label == "Save {name}"


def test_a_change_of_language_reaches_the_next_look_up(german):
    install_language("xx")
    assert _("Save {name}") == "Save {name}"
    install_language("de")
    assert _("Save {name}") == "{name} speichern"


def test_none_follows_the_environment(german, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "fr:de")
    install_language(None)
    assert _("Save {name}") == "{name} speichern"


def test_shipped_languages_are_listed(german):
    assert available_languages() == ("en", "de")
