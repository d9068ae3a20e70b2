/// Who owns a partition: the instance whose aggregator task has it, told by Kafka's own group membership.
@NullMarked
package io.tollgate.quota.routing;

import org.jspecify.annotations.NullMarked;
