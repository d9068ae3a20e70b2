package io.tollgate.billing.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.EventId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProofTreeTest {
    private static final ProofLeaf FIRST = leaf(1, "api_request", "2.000000", "2026-01-05T10:00:00Z");
    private static final ProofLeaf SECOND = leaf(2, "api_request", "0.500000", "2026-01-05T10:00:01Z");
    private static final ProofLeaf THIRD = leaf(3, "storage_gb", "12.250000", "2026-01-06T00:00:00Z");

    @Test
    void hashesWhatTheDefinitionSays() {
        assertThat(FIRST.text()).isEqualTo("evt_00000000000000000000000001|api_request|2|2026-01-05T10:00:00.000000Z");
        assertThat(ProofHash.ofLeaf(FIRST.bytes()).hex()).startsWith("44be3f0c").endsWith("a79e");
        assertThat(ProofHash.ofLeaf(SECOND.bytes()).hex())
                .startsWith("a9350240")
                .endsWith("fb51");
        assertThat(ProofHash.ofLeaf(THIRD.bytes()).hex()).startsWith("9f348bad").endsWith("b8df");
        assertThat(root(List.of(FIRST, SECOND)).hex())
                .isEqualTo("ca468eece2229694f30a819b22baa2cae8185a281056a14e7ed279c8257d7c19");
        assertThat(root(List.of(FIRST, SECOND, THIRD)).hex())
                .isEqualTo("d0f87071aaf98ba9155fe2237538e07cdffd35a55c90cd24183b6150d3bfac9e");
    }

    @Test
    void aTreeWithoutLeavesHasTheHashOfNothing() {
        assertThat(new ProofTree().root().hex())
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    /// As RFC 6962 defines it, by splitting at the largest power of two.
    @Test
    void growsIntoTheTreeOfTheDefinition() {
        for (int count = 1; count <= 70; count++) {
            List<ProofLeaf> leaves = leaves(count);

            assertThat(root(leaves)).as("%d leaves", count).isEqualTo(split(leaves));
        }
    }

    @Test
    void everyLeafProvesItself() {
        for (int count = 1; count <= 40; count++) {
            List<ProofLeaf> leaves = leaves(count);
            for (int index = 0; index < count; index++) {
                Inclusion inclusion = inclusion(leaves, index);

                assertThat(inclusion.holds()).as("%d of %d", index, count).isTrue();
                assertThat(changed(inclusion, index))
                        .as("%d of %d", index, count)
                        .noneMatch(Inclusion::holds);
            }
        }
    }

    /// The same with something that is not so.
    private static List<Inclusion> changed(Inclusion whole, int index) {
        ProofLeaf other = leaf(999, "api_request", "1.000000", "2026-01-05T10:00:00Z");
        List<Inclusion> changed = new ArrayList<>();
        changed.add(new Inclusion(other, whole.index(), whole.leafCount(), whole.path(), whole.root()));
        changed.add(new Inclusion(whole.leaf(), whole.index(), whole.leafCount(), whole.path(), ProofHash.ofNothing()));
        for (int i = 0; i < whole.path().size(); i++) {
            List<ProofHash> path = new ArrayList<>(whole.path());
            path.remove(i);
            changed.add(new Inclusion(whole.leaf(), whole.index(), whole.leafCount(), path, whole.root()));
        }
        if (whole.leafCount() > 1) {
            long elsewhere = index == 0 ? whole.leafCount() - 1 : 0;
            changed.add(new Inclusion(whole.leaf(), elsewhere, whole.leafCount(), whole.path(), whole.root()));
        }
        return changed;
    }

    private static Inclusion inclusion(List<ProofLeaf> leaves, int index) {
        ProofTree tree = ProofTree.following(index);
        leaves.forEach(tree::add);
        ProofHash root = tree.root();
        return new Inclusion(leaves.get(index), index, tree.leaves(), tree.path(), root);
    }

    private static ProofHash root(List<ProofLeaf> leaves) {
        ProofTree tree = new ProofTree();
        leaves.forEach(tree::add);
        return tree.root();
    }

    private static ProofHash split(List<ProofLeaf> leaves) {
        if (leaves.size() == 1) {
            return ProofHash.ofLeaf(leaves.getFirst().bytes());
        }
        int half = Integer.highestOneBit(leaves.size() - 1);
        return ProofHash.ofNode(split(leaves.subList(0, half)), split(leaves.subList(half, leaves.size())));
    }

    private static List<ProofLeaf> leaves(int count) {
        List<ProofLeaf> leaves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            leaves.add(leaf(i, "api_request", i + ".500000", "2026-01-05T10:00:00Z"));
        }
        return leaves;
    }

    private static ProofLeaf leaf(int number, String meter, String quantity, String at) {
        return new ProofLeaf(
                new EventId(String.format("evt_%026d", number)), meter, new BigDecimal(quantity), Instant.parse(at));
    }
}
