package io.tollgate.quota.admission;

import java.util.List;

/// Asks the owners, wherever they are, whether quantities would be admitted now. Blocks while it waits; call it off
/// event
/// loops. Thread-safe.
public interface QuotaChecks {
    /// One answer per check, in order. Where a partition is changing hands, a copy answers, marked stale; where there
    /// is
    /// none,
    /// the check is not judged. An owner or copy that does not answer is given up in about a second.
    List<CheckAnswer> check(List<QuotaCheck> checks);
}
