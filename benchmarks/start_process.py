"""Start the window once and print the seconds from the process's start to its first paint and first feature map."""

from __future__ import annotations

import os
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def seconds_since_start() -> float:
    """Seconds since this process was made, imports and interpreter included."""
    import psutil

    return time.time() - psutil.Process().create_time()


def main() -> None:
    import tempfile
    from pathlib import Path

    from PySide6.QtCore import QEventLoop, QTimer

    from designer.app import feed_quietly, first_example, make_application, show_design
    from designer.library import files
    from designer.pictures.images import example_images
    from designer.session.session import Session
    from designer.ui.bridge import Bridge
    from designer.ui.shell.main_window import MainWindow
    from designer.ui.shell.preferences import Preferences

    make_application()
    with tempfile.TemporaryDirectory() as folder:
        # The recovery copies of this window are nobody's.
        os.environ["NETDRAFT_STATE"] = str(Path(folder) / "state")
        window = MainWindow(Bridge(Session()), Preferences(Path(folder) / "netdraft.ini"))
        loop = QEventLoop()
        times: dict[str, float] = {}

        def painted() -> None:
            times["window"] = seconds_since_start()

        def arrived(nodes: frozenset[str]) -> None:
            current = window.session.current
            if current in nodes and window.session.result(current) is not None and "map" not in times:
                times["map"] = seconds_since_start()
                QTimer.singleShot(0, loop.quit)

        window.bridge.results_changed.connect(arrived)
        show_design(window.session, files.load(first_example().path))
        feed_quietly(window, example_images()[0].path)
        window.show()
        QTimer.singleShot(0, painted)
        window.worker.run_now()
        QTimer.singleShot(30_000, loop.quit)
        loop.exec()
        window.close()
    print(times["window"], times["map"], flush=True)


if __name__ == "__main__":
    main()
