package io.tollgate.control.quota;

import java.util.List;
import java.util.Optional;

/// Quotas, newest first.
///
/// @param next where the next page begins; empty at the end
public record QuotaPage(List<StoredQuota> quotas, Optional<QuotaCursor> next) {
    public QuotaPage {
        quotas = List.copyOf(quotas);
    }
}
