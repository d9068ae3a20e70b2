package io.tollgate.quota.admission;

import java.util.UUID;

/// Names one request for admission, made by the gateway: asking again with the same id takes no room twice.
public record AdmissionId(UUID value) {
    public static AdmissionId random() {
        return new AdmissionId(UUID.randomUUID());
    }
}
