package io.tollgate.quota.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.quota.routing.PartitionOverview.Line;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Every partition has a line, whether or not anybody owns it or answers for it.
class PartitionOverviewTest {
    private final ScriptedCluster cluster = new ScriptedCluster();

    @Test
    void eachOwnerAnswersForItsOwnAndWhatNobodyOwnsIsListed() {
        ScriptedOwner here = cluster.node("here:1", 0);
        ScriptedOwner there = cluster.node("there:1", 2);
        cluster.node("dead:1", 3);
        cluster.down.add("dead:1");

        List<Line> lines = new PartitionOverview(cluster, cluster, Optional.of(here), "here:1", 4).lines();

        assertThat(lines).extracting(Line::partition).containsExactly(0, 1, 2, 3);
        assertThat(lines)
                .extracting(line -> line.status().map(status -> status.epoch()))
                .containsExactly(Optional.of(here.epoch), Optional.empty(), Optional.of(there.epoch), Optional.empty());
        assertThat(lines)
                .extracting(line -> line.assignedTo().map(Owner::address))
                .containsExactly(
                        Optional.of("here:1"), Optional.empty(), Optional.of("there:1"), Optional.of("dead:1"));
        assertThat(lines).extracting(Line::claims).containsExactly(1, 0, 1, 0);
    }

    @Test
    void aPartitionThatTwoClaimIsToldByTheOneItIsAssignedTo() {
        cluster.node("old:1", 0);
        ScriptedOwner fresh = cluster.node("fresh:1", 0);

        Line line = new PartitionOverview(cluster, cluster, Optional.empty(), "here:1", 1)
                .lines()
                .getFirst();

        assertThat(line.status().orElseThrow().epoch()).isEqualTo(fresh.epoch);
        assertThat(line.claims()).isEqualTo(2);
    }
}
