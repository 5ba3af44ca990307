"""How often each sort of act comes."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.fuzz import canvas_acts, file_acts, group_acts, panel_acts, window_acts
from tests.fuzz.world import World

Act = Callable[[World, random.Random], None]

TABLE: tuple[tuple[Act, int], ...] = (
    (canvas_acts.drag_card, 10),
    (canvas_acts.click_card, 8),
    (canvas_acts.draw_frame, 5),
    (canvas_acts.draw_wire, 12),
    (canvas_acts.take_wire_off, 4),
    (canvas_acts.interrupted_drag, 5),
    (canvas_acts.hover, 5),
    (canvas_acts.double_click, 3),
    (canvas_acts.rename, 5),
    (canvas_acts.context_menu, 6),
    (canvas_acts.turn_wheel, 3),
    (canvas_acts.press_key, 12),
    (canvas_acts.pan_with_space, 2),
    (canvas_acts.drop_layer, 8),
    (canvas_acts.append_layer, 8),
    (canvas_acts.prune, 8),
    (group_acts.group, 4),
    (group_acts.ungroup, 1),
    (group_acts.toggle, 6),
    (group_acts.enter_and_leave, 3),
    (group_acts.drag_title, 3),
    (group_acts.repeat, 1),
    (panel_acts.click, 16),
    (panel_acts.double_click, 5),
    (panel_acts.drag, 8),
    (panel_acts.turn_wheel, 4),
    (panel_acts.hover, 5),
    (panel_acts.context_menu, 3),
    (panel_acts.press_keys, 6),
    (panel_acts.write, 4),
    (panel_acts.fill_in_parameter, 16),
    (panel_acts.spin, 4),
    (panel_acts.choose, 5),
    (panel_acts.push_button, 8),
    (panel_acts.turn_tab, 6),
    (panel_acts.use_table, 5),
    (panel_acts.drop_anything, 4),
    (window_acts.trigger_action, 10),
    (window_acts.press_shortcut, 8),
    (window_acts.open_menu, 6),
    (window_acts.undo_and_redo, 8),
    (window_acts.change_scheme, 1),
    (window_acts.resize, 2),
    (window_acts.move_dock, 4),
    (window_acts.reset_layout, 2),
    (window_acts.activate_another_window, 1),
    (window_acts.leave, 1),
    (window_acts.wait, 8),
    (window_acts.come_to_rest, 4),
    (file_acts.fill_clipboard, 4),
    (file_acts.paste, 4),
    (file_acts.copy_and_paste, 3),
    (file_acts.save, 3),
    (file_acts.open_file, 3),
    (file_acts.feed_picture, 3),
    (file_acts.write_weights_file, 1),
    (file_acts.vanish, 1),
    (file_acts.change_underneath, 1),
    (file_acts.run, 6),
    (file_acts.open_gallery, 1),
    (file_acts.start_over, 2),
)
"""Acts and weights: a card is drawn, wired and filled in some ten times as often as a window is closed."""
