#pragma once

namespace memlog {

class QuickState;

// The quick reader of whole snapshot trees, header to context, for Format::quick of snapshot_tree.
//
// A tree may belong together with what stands before and behind it. Only one that follows another tree at once, and is
// followed at once by a third or by the alert of one, is certain to be a record of its own; the others go the general
// way, through the assembler.
const char* quick_snapshot_tree(const char* p, const char* end, QuickState& state);

}  // namespace memlog
