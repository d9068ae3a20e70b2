package io.tollgate.quota.http;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.routing.PartitionOverview;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `GET /admin/v1/partitions`: who owns which partition and how it does, for the operator. Any instance answers for
/// all.
@Controller("/admin/v1/partitions")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class PartitionController {
    private final PartitionOverview overview;

    public PartitionController(PartitionOverview overview) {
        this.overview = overview;
    }

    @Get
    public Map<String, Object> partitions(@RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal) {
        if (!(principal instanceof Principal.Admin)) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, "This route takes the admin key.");
        }
        List<Map<String, Object>> lines =
                overview.lines().stream().map(PartitionController::line).toList();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("partitions", lines);
        json.put("count", lines.size());
        json.put(
                "open",
                lines.stream()
                        .filter(line -> Boolean.TRUE.equals(line.get("open")))
                        .count());
        return json;
    }

    private static Map<String, Object> line(PartitionOverview.Line line) {
        Optional<PartitionStatus> status = line.status();
        Optional<String> closedWhy = status.isPresent()
                ? status.get().closedWhy()
                : Optional.of(line.assignedTo()
                        .map(owner -> "its owner " + owner.address() + " does not answer or has not taken it over yet")
                        .orElse("no instance owns it"));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("partition", line.partition());
        json.put("owner", status.map(PartitionStatus::owner).orElse(null));
        json.put("assigned_to", line.assignedTo().map(owner -> owner.address()).orElse(null));
        json.put("claims", line.claims());
        json.put("epoch", status.map(known -> known.epoch().toString()).orElse(null));
        json.put("open", closedWhy.isEmpty());
        json.put("closed_why", closedWhy.orElse(null));
        json.put("counted_offset", status.map(PartitionStatus::countedOffset).orElse(null));
        json.put("lag", status.map(PartitionStatus::lag).filter(lag -> lag >= 0).orElse(null));
        json.put("pending", status.map(PartitionStatus::pending).orElse(null));
        json.put("oldest_unresolved_ms", ms(status.flatMap(PartitionStatus::oldestUnresolved)));
        json.put(
                "backstop_rejects", status.map(PartitionStatus::backstopRejects).orElse(null));
        json.put("late_records", status.map(PartitionStatus::lateRecords).orElse(null));
        json.put("delay_min_ms", ms(status.flatMap(PartitionStatus::delayMin)));
        json.put("delay_max_ms", ms(status.flatMap(PartitionStatus::delayMax)));
        return json;
    }

    private static @Nullable Long ms(Optional<Duration> duration) {
        return duration.map(Duration::toMillis).orElse(null);
    }
}
