"""A visit to each element of a page, in a loop, because a page may nest deeper than Python's recursion limit."""

from collections.abc import Callable

from selectolax.lexbor import LexborNode


def visit(root: LexborNode, enter: Callable[[LexborNode, int], bool], leave: Callable[[LexborNode], None]) -> None:
    """Call `enter` with each node and its depth below `root`, and `leave` behind what is inside it.

    Where `enter` returns False, what is inside the node is passed over, and the node is not left.
    """
    node, depth = root, 0
    while True:
        is_open = enter(node, depth)
        following = node.first_child if is_open else None
        depth += following is not None
        while following is None:
            if is_open:
                leave(node)
            if depth == 0:
                return
            following = node.next
            if following is None:
                parent = node.parent
                if parent is None:
                    return
                node, depth, is_open = parent, depth - 1, True
        node = following
