/// Checking receipts over HTTP.
@NullMarked
package io.tollgate.server.receipt.http;

import org.jspecify.annotations.NullMarked;
