package io.tollgate.ingest.reservation;

import io.tollgate.quota.admission.Reservation;

/// The reservation is in a state that does not take the step.
public record WrongState(Reservation reservation) implements Settling, Releasing {}
