package io.tollgate.quota.admission;

import java.time.ZoneId;
import java.util.List;

/// What one request would write for one subject: one record, judged together.
///
/// @param subjectKey `organization/subject`
/// @param zone of the organization, in which the record counts
/// @param partial whether events are judged one by one in order; else the sum of new events per meter must fit, and one
/// denial
///     denies all
/// @param events without repetitions of a key
public record AdmissionRequest(
        AdmissionId id, int partition, String subjectKey, ZoneId zone, boolean partial, List<Candidate> events) {}
