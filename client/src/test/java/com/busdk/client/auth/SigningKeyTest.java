package com.busdk.client.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
    static String pem(String label, Key key) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END " + label + "-----\n";
    }

    private static byte[] bytes(String base64) {
        return Base64.getUrlDecoder().decode(base64);
    }

    /** The key of RFC 7515, appendix A.3.1. */
    @Test
    void shouldFindThePublicHalfOfAKeyOfP256() throws Exception {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp256r1"));
        BigInteger d = new BigInteger(1, bytes("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"));
        PrivateKey key = KeyFactory.getInstance("EC")
                .generatePrivate(new ECPrivateKeySpec(d, parameters.getParameterSpec(ECParameterSpec.class)));

        VerificationKey found = SigningKey.parse(pem("PRIVATE KEY", key)).verificationKey();

        assertEquals("ES256", found.algorithm());
        assertEquals(
                Map.of(
                        "kty", "EC",
                        "crv", "P-256",
                        "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                        "y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
                found.members());
    }

    /** The key of RFC 8037, appendix A.1, and its thumbprint from A.3. */
    @Test
    void shouldFindThePublicHalfOfAKeyOfEd25519() throws Exception {
        PrivateKey key = KeyFactory.getInstance("Ed25519")
                .generatePrivate(new EdECPrivateKeySpec(
                        NamedParameterSpec.ED25519, bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")));

        VerificationKey found = SigningKey.parse(pem("PRIVATE KEY", key)).verificationKey();

        assertEquals("EdDSA", found.algorithm());
        assertEquals(
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", found.members().get("x"));
        assertEquals("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", found.keyId());
    }

    @Test
    void shouldFindThePublicHalfOfAnyKey() throws Exception {
        for (int i = 0; i < 50; i++) {
            KeyPair pair = ec("secp256r1");
            String privatePem = pem("PRIVATE KEY", pair.getPrivate());
            String publicPem = pem("PUBLIC KEY", pair.getPublic());
            assertEquals(VerificationKey.parse(publicPem), VerificationKey.parse(privatePem));
            ECPublicKey key = (ECPublicKey) pair.getPublic();
            assertEquals(
                    VerificationKey.of(key.getW()), SigningKey.parse(privatePem).verificationKey());
        }
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        assertEquals(
                VerificationKey.parse(pem("PUBLIC KEY", pair.getPublic())),
                SigningKey.parse(pem("PRIVATE KEY", pair.getPrivate())).verificationKey());
    }

    @Test
    void shouldSignWhatThePublicKeyVerifies() throws Exception {
        for (Map.Entry<String, KeyPair> one : Map.of(
                        "SHA256withECDSAinP1363Format", ec("secp256r1"),
                        "Ed25519", KeyPairGenerator.getInstance("Ed25519").generateKeyPair())
                .entrySet()) {
            Signature signature = Signature.getInstance(one.getKey());
            signature.initVerify(one.getValue().getPublic());
            signature.update("a.b".getBytes(StandardCharsets.US_ASCII));
            SigningKey key = SigningKey.parse(pem("PRIVATE KEY", one.getValue().getPrivate()));
            assertTrue(signature.verify(key.sign("a.b")), one.getKey());
        }
    }

    /** As openssl writes it, parameters in front and the public half within. */
    @Test
    void shouldReadWhatOthersWrite() {
        String text = """
            -----BEGIN EC PARAMETERS-----
            BggqhkjOPQMBBw==
            -----END EC PARAMETERS-----
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeBkUeubJbRb43Gtn
            GOhSKFzLGdaNzB8KofU2risGYdOhRANCAASWgUG8w/Hze3Pp7sAScCqfWvVpGC3A
            ExOoH46xK+gBIZFRZPOTsVQc8JcNEA/2Lh7oacRISJaa5wOYTA8rhcam
            -----END PRIVATE KEY-----
            """;
        SigningKey key = SigningKey.parse(text);
        assertEquals(
                "loFBvMPx83tz6e7AEnAqn1r1aRgtwBMTqB-OsSvoASE",
                key.verificationKey().members().get("x"));
        assertEquals(
                "kVFk85OxVBzwlw0QD_YuHuhpxEhIlprnA5hMDyuFxqY",
                key.verificationKey().members().get("y"));
    }

    @Test
    void shouldRefuseOtherKeys() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        Key other = rsa.generateKeyPair().getPrivate();
        refuse(pem("PRIVATE KEY", other), "neither");
        refuse(pem("PRIVATE KEY", ec("secp384r1").getPrivate()), "neither");
        refuse(
                pem(
                        "PRIVATE KEY",
                        KeyPairGenerator.getInstance("Ed448").generateKeyPair().getPrivate()),
                "neither");
        refuse(pem("PUBLIC KEY", ec("secp256r1").getPublic()), "public");
        refuse(pem("ENCRYPTED PRIVATE KEY", other), "encrypted");
        refuse(pem("RSA PRIVATE KEY", other), "pkcs8");
        refuse(pem("EC PRIVATE KEY", other), "neither");
    }

    /** As {@code openssl ecparam -name prime256v1 -genkey} writes it: the curve for itself, then the key (RFC 5915). */
    @Test
    void shouldReadAKeyOfPlainEllipticCurveForm() throws Exception {
        KeyPair pair = ec("secp256r1");
        SigningKey whole = SigningKey.parse(pem("PRIVATE KEY", pair.getPrivate()));
        byte[] point = pair.getPublic().getEncoded();
        String publicHalf = HexFormat.of().formatHex(point, point.length - 65, point.length);
        String number = scalar(pair);
        String curve = "06082a8648ce3d030107";
        String parameters = block("EC PARAMETERS", curve);
        for (String sec1 : List.of(
                "30770201010420" + number + "a00a" + curve + "a144034200" + publicHalf,
                "30310201010420" + number + "a00a" + curve)) {
            SigningKey read = SigningKey.parse(parameters + block("EC PRIVATE KEY", sec1));
            assertEquals(whole.verificationKey(), read.verificationKey());
            assertEquals(whole.verificationKey(), VerificationKey.parse(block("EC PRIVATE KEY", sec1)));
        }
        // A key of another curve of as many bits (secp256k1), one of no curve, and one with bytes behind it.
        refuse(block("EC PRIVATE KEY", "302e0201010420" + number + "a00706052b8104000a"), "neither");
        refuse(block("EC PRIVATE KEY", "30250201010420" + number), "neither");
        refuse(block("EC PRIVATE KEY", "30310201010420" + number + "a00a" + curve + "00"), "neither");
    }

    private static String scalar(KeyPair pair) {
        String hex = ((ECPrivateKey) pair.getPrivate()).getS().toString(16);
        return "0".repeat(64 - hex.length()) + hex;
    }

    private static String block(String label, String hex) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder().encodeToString(HexFormat.of().parseHex(hex)) + "\n-----END " + label
                + "-----\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MIGHAgEAMBMG",
                "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n",
                "-----BEGIN CERTIFICATE-----\nMIGHAgEAMBMG\n-----END CERTIFICATE-----"
            })
    void shouldRefuseWhatIsNoKey(String text) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> SigningKey.parse(text));
        assertFalse(refused.getMessage().contains("MIGH"), refused.getMessage());
    }

    private static void refuse(String text, String because) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> SigningKey.parse(text));
        assertTrue(refused.getMessage().contains(because), refused.getMessage());
    }

    @Test
    void shouldNotPrint() throws Exception {
        PrivateKey key = ec("secp256r1").getPrivate();
        String printed = SigningKey.parse(pem("PRIVATE KEY", key)).toString() + PemKey.parse(pem("PRIVATE KEY", key));
        assertTrue(printed.length() < 150, printed);
    }

    @Test
    void shouldPublishEachKeyOnceAndNothingPrivate() throws Exception {
        String pem = pem("PRIVATE KEY", ec("secp256r1").getPrivate());
        VerificationKey key = VerificationKey.parse(pem);

        String set = new String(VerificationKey.jwks(List.of(key, VerificationKey.parse(pem))), StandardCharsets.UTF_8);

        assertEquals(
                "{\"keys\":[{\"kid\":\"" + key.keyId()
                        + "\",\"use\":\"sig\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"kty\":\"EC\"" + ",\"x\":\""
                        + key.members().get("x") + "\",\"y\":\"" + key.members().get("y") + "\"}]}",
                set);
        assertEquals("{\"keys\":[]}", new String(VerificationKey.jwks(List.of()), StandardCharsets.UTF_8));
    }

    private static KeyPair ec(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }
}
