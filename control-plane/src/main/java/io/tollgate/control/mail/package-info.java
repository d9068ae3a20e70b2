/// Mails on their way. They wait in the database, where the transaction of what they tell has put them, until a mail
/// server has taken them or they are of no use any more.
@NullMarked
package io.tollgate.control.mail;

import org.jspecify.annotations.NullMarked;
