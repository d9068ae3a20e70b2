package io.tollgate.billing.proof;

import java.util.List;

/// Says that a leaf is in a tree, to be checked without the other leaves.
///
/// @param index of the leaf, from 0
/// @param leafCount of the tree
/// @param path siblings from the leaf up
public record Inclusion(ProofLeaf leaf, long index, long leafCount, List<ProofHash> path, ProofHash root) {
    public Inclusion {
        path = List.copyOf(path);
        if (index < 0 || index >= leafCount) {
            throw new IllegalArgumentException("the leaf is one of the tree's");
        }
    }

    /// Whether leaf and path give the root (RFC 9162, section 2.1.3.2).
    public boolean holds() {
        ProofHash hash = ProofHash.ofLeaf(leaf.bytes());
        long position = index;
        long last = leafCount - 1;
        for (ProofHash sibling : path) {
            if (last == 0) {
                return false;
            }
            if (position % 2 == 1 || position == last) {
                hash = ProofHash.ofNode(sibling, hash);
                while (position % 2 == 0 && position != 0) {
                    position /= 2;
                    last /= 2;
                }
            } else {
                hash = ProofHash.ofNode(hash, sibling);
            }
            position /= 2;
            last /= 2;
        }
        return last == 0 && hash.equals(root);
    }
}
