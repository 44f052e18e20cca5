package com.busdk.client.auth;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;

/**
 * The curve of ES256. A private key in a file need not have its public half, and Java has no means to find it: this has.
 * It takes a time that depends on the key, which nobody can measure at start-up; it never signs. Stateless.
 */
final class P256 {
    static final ECParameterSpec CURVE = curve();

    private static final BigInteger PRIME = ((ECFieldFp) CURVE.getCurve().getField()).getP();
    private static final BigInteger THREE = BigInteger.valueOf(3);

    private P256() {}

    static boolean is(ECKey key) {
        ECParameterSpec other = key.getParams();
        return other.getCurve().equals(CURVE.getCurve())
                && other.getGenerator().equals(CURVE.getGenerator())
                && other.getOrder().equals(CURVE.getOrder());
    }

    /** The public point of a private key: the generator times its number, by doubling and adding (SEC 1, 2.2.1). */
    static ECPoint publicPoint(ECPrivateKey key) {
        ECPoint sum = ECPoint.POINT_INFINITY;
        for (int bit = key.getS().bitLength() - 1; bit >= 0; bit--) {
            sum = add(sum, sum);
            if (key.getS().testBit(bit)) {
                sum = add(sum, CURVE.getGenerator());
            }
        }
        return sum;
    }

    private static ECPoint add(ECPoint a, ECPoint b) {
        if (a.equals(ECPoint.POINT_INFINITY)) {
            return b;
        }
        if (b.equals(ECPoint.POINT_INFINITY)) {
            return a;
        }
        BigInteger slope;
        if (a.equals(b)) {
            slope = THREE.multiply(a.getAffineX().pow(2))
                    .add(CURVE.getCurve().getA())
                    .multiply(a.getAffineY().shiftLeft(1).modInverse(PRIME));
        } else if (a.getAffineX().equals(b.getAffineX())) {
            return ECPoint.POINT_INFINITY;
        } else {
            slope = b.getAffineY()
                    .subtract(a.getAffineY())
                    .multiply(b.getAffineX().subtract(a.getAffineX()).modInverse(PRIME));
        }
        BigInteger x =
                slope.pow(2).subtract(a.getAffineX()).subtract(b.getAffineX()).mod(PRIME);
        BigInteger y = slope.multiply(a.getAffineX().subtract(x))
                .subtract(a.getAffineY())
                .mod(PRIME);
        return new ECPoint(x, y);
    }

    private static ECParameterSpec curve() {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no P-256", e);
        }
    }
}
