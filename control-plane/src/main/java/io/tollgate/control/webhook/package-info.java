/// Outbound webhook endpoints: where organizations want to be told of things. What is sent there is the billing sink's.
@NullMarked
package io.tollgate.control.webhook;

import org.jspecify.annotations.NullMarked;
