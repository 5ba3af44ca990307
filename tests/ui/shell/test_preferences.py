from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, QSettings

from designer.analysis.analyse import Settings
from designer.engine.options import EngineOptions
from designer.pictures.images import Fit, Normalisation, Preprocessing
from designer.ui.shell import preferences as module
from designer.ui.shell.preferences import Preferences


@pytest.fixture
def preferences(qapp):
    return Preferences()


def again() -> Preferences:
    """The preferences as the next start reads them."""
    QSettings("netdraft", "netdraft").sync()
    return Preferences()


def test_at_first_everything_is_default(preferences):
    assert preferences.scheme == "system"
    assert preferences.geometry is None
    assert preferences.recent_files == ()
    assert preferences.convention == Settings().convention
    assert preferences.preprocessing == Preprocessing()
    assert preferences.automatic_run
    assert preferences.engine_options == EngineOptions()


def test_what_was_chosen_is_remembered(preferences):
    way = Preprocessing(Fit.LETTERBOX, Normalisation.CUSTOM, (0.1, 0.2, 0.3), (1e-3, 0.5, 2.0))
    preferences.scheme = "dark"
    preferences.layout = QByteArray(b"\x00\x01docks")
    preferences.convention = "tf-slim"
    preferences.preprocessing = way
    preferences.automatic_run = False
    preferences.engine_options = EngineOptions(precise=True, memory_bytes=4_000_000_000)
    kept = again()
    assert kept.scheme == "dark"
    assert kept.layout == QByteArray(b"\x00\x01docks")
    assert kept.convention == "tf-slim"
    assert kept.preprocessing == way
    assert not kept.automatic_run
    assert kept.engine_options == EngineOptions(precise=True, memory_bytes=4_000_000_000)


def test_a_budget_that_is_not_offered_is_not_taken(preferences):
    QSettings("netdraft", "netdraft").setValue("engine/memory_bytes", "999999999999999")
    assert again().engine_options == EngineOptions()


def test_recent_files_are_latest_first_and_without_doubles(preferences, tmp_path):
    files = [tmp_path / name for name in ("a.netdraft.json", "b.netdraft.json")]
    for file in files:
        file.touch()
    for file in (files[0], files[1], files[0]):
        preferences.add_recent(file)
    assert again().recent_files == (files[0], files[1])


def test_a_list_of_one_is_read(preferences, tmp_path):
    file = tmp_path / "a.netdraft.json"
    file.touch()
    preferences.add_recent(file)
    assert again().recent_files == (file,)


def test_missing_files_are_left_out(preferences, tmp_path):
    gone, there = tmp_path / "gone.netdraft.json", tmp_path / "there.netdraft.json"
    for file in (there, gone):
        file.touch()
        preferences.add_recent(file)
    gone.unlink()
    assert again().recent_files == (there,)


def test_the_list_is_bounded(preferences, tmp_path):
    for number in range(module.MOST_RECENT + 3):
        file = tmp_path / f"{number}.netdraft.json"
        file.touch()
        preferences.add_recent(file)
    assert len(again().recent_files) == module.MOST_RECENT
    assert again().recent_files[0].name == f"{module.MOST_RECENT + 2}.netdraft.json"


def test_folders_are_remembered_by_purpose(preferences, tmp_path):
    (tmp_path / "photos").mkdir()
    preferences.remember_folder("image", tmp_path / "photos" / "cat.jpg")
    assert again().folder("image") == tmp_path / "photos"
    assert again().folder("design") != tmp_path / "photos"


@pytest.mark.parametrize(
    "key",
    [
        "appearance", "window/geometry", "window/layout", "recent_files", "folders/image",
        "counting/convention", "preprocessing/fit", "preprocessing/mean", "automatic_run",
        "engine/precise", "engine/memory_bytes",
    ],
)  # fmt: skip
@pytest.mark.parametrize("nonsense", ["", "nonsense", "nan", 7, ["a", "b"], "x\0y"])
def test_nonsense_on_disk_is_ignored(preferences, key, nonsense):
    preferences.preprocessing = Preprocessing(Fit.LETTERBOX)
    QSettings("netdraft", "netdraft").setValue(key, nonsense)
    kept = again()
    assert kept.scheme in ("system", "light", "dark")
    assert kept.geometry is None
    assert kept.layout is None
    assert kept.recent_files == ()
    assert kept.folder("image").is_dir()
    assert kept.convention == Settings().convention
    assert isinstance(kept.preprocessing, Preprocessing)
    assert isinstance(kept.automatic_run, bool)
    assert kept.engine_options == EngineOptions()
