package io.tollgate.quota.ledger;

import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.ReservationAnswer;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A record that was admitted and is not counted yet.
final class Admitted {
    /// Where it is, as far as the owner knows.
    enum Whereabouts {
        /// With its gateway, or on its way; nobody has said.
        PENDING,
        /// Acknowledged by the log.
        LANDED
    }

    static final long NO_END = -1;

    final AdmissionId id;
    final String subjectKey;
    final Moment at;
    /// What its gateway was answered, if it asked for events; for a step with reservations it is in `granted`.
    final Optional<AdmissionAnswer.Decided> decided;

    final Optional<ReservationAnswer.Granted> granted;
    final List<Entry> entries;
    /// Reservations that the record makes a step with.
    final List<Held> steps;

    Whereabouts whereabouts = Whereabouts.PENDING;
    /// End of the log as read when the record could no longer arrive in time.
    long endOffset = NO_END;

    private Admitted(
            AdmissionId id,
            String subjectKey,
            Moment at,
            Optional<AdmissionAnswer.Decided> decided,
            Optional<ReservationAnswer.Granted> granted,
            List<Candidate> candidates,
            List<Held> steps) {
        this.id = id;
        this.subjectKey = subjectKey;
        this.at = at;
        this.decided = decided;
        this.granted = granted;
        this.steps = steps;
        this.entries = candidates.stream().map(Entry::new).toList();
    }

    static Admitted events(
            AdmissionId id, String subjectKey, Moment at, AdmissionAnswer.Decided answer, List<Candidate> candidates) {
        return new Admitted(id, subjectKey, at, Optional.of(answer), Optional.empty(), candidates, List.of());
    }

    static Admitted step(
            AdmissionId id,
            String subjectKey,
            Moment at,
            ReservationAnswer.Granted answer,
            List<Candidate> candidates,
            List<Held> steps) {
        return new Admitted(id, subjectKey, at, Optional.empty(), Optional.of(answer), candidates, steps);
    }

    /// How many places of the books it takes.
    int size() {
        return entries.size() + steps.size();
    }

    /// One event of it.
    final class Entry {
        final Candidate candidate;
        BigDecimal held = Room.ZERO;
        /// False once it is counted, refused, or overtaken by another record with its key.
        boolean live = true;

        Entry(Candidate candidate) {
            this.candidate = candidate;
        }

        String subjectKey() {
            return subjectKey;
        }

        Admitted admitted() {
            return Admitted.this;
        }

        /// What it holds of a window. What it settles is held there by the reservation already.
        BigDecimal heldIn(Room room) {
            if (!live
                    || !room.key.meter().equals(candidate.meter())
                    || !room.key.span().contains(candidate.eventTime())) {
                return Room.ZERO;
            }
            for (Held step : steps) {
                if (step.in(room)) {
                    return Room.ZERO;
                }
            }
            // What it replaces holds its room already, and nothing is free before that is in the log.
            return candidate.replaces().isEmpty()
                    ? held
                    : candidate.change(room.key.span()::contains).max(Room.ZERO);
        }
    }

    /// An idempotency key that the ledger knows: on its way, or counted so recently that somebody may not have seen it
    /// in the
    /// store.
    static final class Key {
        final byte[] fingerprint;

        @Nullable
        Entry entry;

        private @Nullable Instant countedAt;

        Key(byte[] fingerprint, @Nullable Entry entry) {
            this.fingerprint = fingerprint;
            this.entry = entry;
        }

        void counted(Instant at) {
            entry = null;
            countedAt = at;
        }

        Optional<Instant> countedAt() {
            return Optional.ofNullable(countedAt);
        }
    }
}
