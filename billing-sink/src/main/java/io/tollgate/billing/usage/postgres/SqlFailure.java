package io.tollgate.billing.usage.postgres;

import java.sql.SQLException;
import org.jdbi.v3.core.JdbiException;

/// PostgreSQL refused a statement, or did not answer; the [SQLException] is the cause, as with Jdbi's own exceptions.
final class SqlFailure extends JdbiException {
    private static final long serialVersionUID = 1L;

    private static final String QUERY_CANCELED = "57014";

    private final boolean givenUp;

    SqlFailure(SQLException cause) {
        super(cause);
        this.givenUp = QUERY_CANCELED.equals(cause.getSQLState());
    }

    /// Whether the statement took longer than it may.
    boolean givenUp() {
        return givenUp;
    }
}
