package io.tollgate.quota.routing;

import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationNode;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.admission.Reservations;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Reservations by the owners as they are known: this process by method calls, others over the network.
public final class OwnerReservations implements Reservations {
    private static final Duration ANSWERED_WITHIN = Duration.ofMillis(Admissions.ANSWERED_WITHIN_MS);

    private final OwnerCalls<ReservationRequest, ReservationAnswer> steps;
    private final OwnerCalls<ReservationId, ReservationAnswer> states;

    /// As for [OwnerAdmissions].
    public OwnerReservations(
            Owners owners,
            RemoteOwners remote,
            Optional<ReservationNode> local,
            String ownAddress,
            LongSupplier definitionsPosition) {
        this.steps = new OwnerCalls<>(
                owners,
                ownAddress,
                ReservationRequest::partition,
                OwnerReservations::disowned,
                local.map(node ->
                        requests -> List.of(node.reserve(definitionsPosition.getAsLong(), requests.getFirst()))),
                (owner, requests, atMost) -> remote.reserve(
                                owner, definitionsPosition.getAsLong(), requests.getFirst(), atMost)
                        .map(List::of));
        this.states = new OwnerCalls<>(
                owners,
                ownAddress,
                ReservationId::partition,
                OwnerReservations::disowned,
                local.map(node -> ids -> List.of(node.reservation(ids.getFirst()))),
                (owner, ids, atMost) ->
                        remote.reservation(owner, ids.getFirst(), atMost).map(List::of));
    }

    private static boolean disowned(ReservationAnswer answer) {
        return answer instanceof ReservationAnswer.NotJudged notJudged && notJudged.reason() == Reason.NOT_OWNER;
    }

    @Override
    public ReservationAnswer reserve(ReservationRequest request) {
        return only(steps.ask(List.of(request), ANSWERED_WITHIN), request.partition());
    }

    @Override
    public ReservationAnswer reservation(ReservationId id) {
        return only(states.ask(List.of(id), ANSWERED_WITHIN), id.partition());
    }

    private static ReservationAnswer only(List<@Nullable ReservationAnswer> answers, int partition) {
        ReservationAnswer answer = answers.getFirst();
        return answer != null
                ? answer
                : new ReservationAnswer.NotJudged(
                        Reason.HAND_OVER, "The owner of partition " + partition + " cannot be asked now; ask again.");
    }
}
