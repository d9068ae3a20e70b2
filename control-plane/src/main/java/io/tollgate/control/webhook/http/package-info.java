/// Webhook endpoints over HTTP.
@NullMarked
package io.tollgate.control.webhook.http;

import org.jspecify.annotations.NullMarked;
