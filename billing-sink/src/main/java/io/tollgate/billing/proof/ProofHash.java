package io.tollgate.billing.proof;

import io.tollgate.contract.Sha256;
import java.security.MessageDigest;
import java.util.HexFormat;

/// A node of the tree: 32 bytes. Leaves and inner nodes are hashed with different prefixes, so that no inner node can
/// be
/// passed off as a leaf (RFC 6962, section 2.1).
public record ProofHash(String hex) {
    private static final byte LEAF = 0;
    private static final byte NODE = 1;
    private static final int HEX_DIGITS = 64;

    public ProofHash {
        if (hex.length() != HEX_DIGITS
                || !hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            throw new IllegalArgumentException("a hash has 64 lower-case hexadecimal digits");
        }
    }

    static ProofHash ofLeaf(byte[] leaf) {
        MessageDigest digest = Sha256.digest();
        digest.update(LEAF);
        return of(digest.digest(leaf));
    }

    static ProofHash ofNode(ProofHash left, ProofHash right) {
        MessageDigest digest = Sha256.digest();
        digest.update(NODE);
        digest.update(left.bytes());
        return of(digest.digest(right.bytes()));
    }

    /// Root of a tree without leaves.
    static ProofHash ofNothing() {
        return of(Sha256.digest().digest());
    }

    private static ProofHash of(byte[] bytes) {
        return new ProofHash(HexFormat.of().formatHex(bytes));
    }

    private byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
