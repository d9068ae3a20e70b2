/// Mails over SMTP, by Angus Mail.
@NullMarked
package io.tollgate.control.mail.smtp;

import org.jspecify.annotations.NullMarked;
