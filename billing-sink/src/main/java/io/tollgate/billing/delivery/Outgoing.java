package io.tollgate.billing.delivery;

import java.util.Map;

/// The network. Thread-safe.
public interface Outgoing {
    /// Posts `body` and answers how that ended, within a few seconds more than the time-out of 10 s. Goes nowhere that
    /// the operator has not opened, follows no redirect, and does not raise what the other side does.
    Attempt post(String url, Map<String, String> headers, byte[] body);
}
