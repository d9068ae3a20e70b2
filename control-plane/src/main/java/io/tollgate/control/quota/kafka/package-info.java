/// Quotas as records of `definitions.quotas`.
@NullMarked
package io.tollgate.control.quota.kafka;

import org.jspecify.annotations.NullMarked;
