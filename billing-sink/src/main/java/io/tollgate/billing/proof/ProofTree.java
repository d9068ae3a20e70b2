package io.tollgate.billing.proof;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;

/// Builds a tree leaf by leaf. Kept are only the roots of the whole subtrees so far, the largest first: as many as the
/// number of leaves has ones in binary. Not thread-safe.
public final class ProofTree {
    /// A whole subtree of `size` leaves, a power of two.
    private record Subtree(long first, long size, ProofHash root) {
        boolean holds(long index) {
            return index >= first && index < first + size;
        }
    }

    private final OptionalLong followed;
    private final Deque<Subtree> subtrees = new ArrayDeque<>();
    private final List<ProofHash> path = new ArrayList<>();
    private long leaves;

    private ProofTree(OptionalLong followed) {
        this.followed = followed;
    }

    public ProofTree() {
        this(OptionalLong.empty());
    }

    /// A tree that also gathers the path from one leaf to the root.
    ///
    /// @param index of the leaf, from 0
    public static ProofTree following(long index) {
        return new ProofTree(OptionalLong.of(index));
    }

    public void add(ProofLeaf leaf) {
        Subtree added = new Subtree(leaves, 1, ProofHash.ofLeaf(leaf.bytes()));
        leaves++;
        while (!subtrees.isEmpty() && subtrees.getLast().size() == added.size()) {
            added = joined(subtrees.removeLast(), added);
        }
        subtrees.addLast(added);
    }

    public long leaves() {
        return leaves;
    }

    /// The root of the tree so far; of no leaves, SHA-256 of nothing. Ends the building of a path.
    public ProofHash root() {
        if (subtrees.isEmpty()) {
            return ProofHash.ofNothing();
        }
        Iterator<Subtree> smallestFirst = subtrees.descendingIterator();
        Subtree root = smallestFirst.next();
        while (smallestFirst.hasNext()) {
            root = joined(smallestFirst.next(), root);
        }
        subtrees.clear();
        subtrees.addLast(root);
        return root.root();
    }

    /// The siblings on the way from the followed leaf up, after [#root()].
    public List<ProofHash> path() {
        return List.copyOf(path);
    }

    private Subtree joined(Subtree left, Subtree right) {
        followed.ifPresent(index -> {
            if (left.holds(index)) {
                path.add(right.root());
            } else if (right.holds(index)) {
                path.add(left.root());
            }
        });
        return new Subtree(left.first(), left.size() + right.size(), ProofHash.ofNode(left.root(), right.root()));
    }
}
