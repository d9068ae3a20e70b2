/// Mails as modules hand them over to be sent. Who sends them, and how often it is tried, is the control plane's
/// matter.
@NullMarked
package io.tollgate.contract.mail;

import org.jspecify.annotations.NullMarked;
