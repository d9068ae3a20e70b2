/// Admission: what gateways ask the owner of a partition before they write to the log, and what they tell it after. The
/// words
/// of that conversation and the ports on both ends; the rules are in `io.tollgate.quota.ledger`.
@NullMarked
package io.tollgate.quota.admission;

import org.jspecify.annotations.NullMarked;
