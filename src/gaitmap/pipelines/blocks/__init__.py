"""Work on a recording that comes in blocks: buffers, steps that go on from block to block, what is kept on disk."""
