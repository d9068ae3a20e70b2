package io.tollgate.server.embedded;

import com.sun.security.auth.module.UnixSystem;
import io.tollgate.server.config.CannotStartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// As whom PostgreSQL's programs run, for they refuse to run as root. An ordinary user runs them as himself. Root
/// runs them in a user namespace without privileges, where files stay root's; where the system allows none, as user
/// nobody, who is given the database's files. Whose the files are decides at later starts.
///
/// @param prefix what to put before a command
/// @param uid owner of the files when that is another user; 0 leaves them as they are
record PostgresUser(List<String> prefix, int uid, int gid) {
    private static final int ROOT = 0;

    /// User and group nobody: the conventional numbers, and PostgreSQL needs a user that has a name.
    private static final int NOBODY = 65_534;

    private static final Duration TRIAL_MAX = Duration.ofSeconds(10);

    private static final List<String> NAMESPACE = List.of("unshare", "--user");

    /// The user for the database in `database`, which may not exist yet.
    static PostgresUser of(Path database) throws IOException {
        if (new UnixSystem().getUid() != ROOT) {
            return new PostgresUser(List.of(), 0, 0);
        }
        if (Files.exists(database)) {
            var uid = (int) Files.getAttribute(database, "unix:uid");
            if (uid != ROOT) {
                return as(uid, (int) Files.getAttribute(database, "unix:gid"));
            }
        }
        if (works(NAMESPACE)) {
            return new PostgresUser(NAMESPACE, 0, 0);
        }
        var nobody = as(NOBODY, NOBODY);
        if (works(nobody.prefix())) {
            return nobody;
        }
        throw new CannotStartException(
                "PostgreSQL refuses to run as root, and this system allows neither a user namespace (unshare)"
                        + " nor a change of user (setpriv): start Tollgate as an ordinary user, or name a PostgreSQL with DATABASE_URL.");
    }

    /// Gives this user what it needs of the data folder: the programs, and the database if it exists.
    void admit(Path dataFolder, Path programs, Path database) throws IOException {
        if (uid == ROOT) {
            return;
        }
        var permissions = new HashSet<>(Files.getPosixFilePermissions(dataFolder));
        permissions.addAll(PosixFilePermissions.fromString("--x--x--x"));
        Files.setPosixFilePermissions(dataFolder, permissions);
        if (Files.exists(database)) {
            give(database);
        }
        if (!Commands.run(
                        command(List.of(
                                "test", "-x", programs.resolve("bin/postgres").toString())),
                        TRIAL_MAX)
                .succeeded()) {
            throw new CannotStartException(
                    "PostgreSQL refuses to run as root, and user " + uid + " cannot reach " + dataFolder
                            + " because a folder above it is closed to others: choose another folder with TOLLGATE_DATA, such as"
                            + " /var/lib/tollgate, or start Tollgate as an ordinary user.");
        }
    }

    void give(Path folder) throws IOException {
        if (uid != ROOT) {
            Folders.giveTo(folder, uid, gid);
        }
    }

    List<String> command(List<String> command) {
        var whole = new ArrayList<>(prefix);
        whole.addAll(command);
        return whole;
    }

    private static PostgresUser as(int uid, int gid) {
        return new PostgresUser(List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups"), uid, gid);
    }

    private static boolean works(List<String> prefix) {
        var trial = new ArrayList<>(prefix);
        trial.add("true");
        return Commands.run(trial, TRIAL_MAX).succeeded();
    }
}
