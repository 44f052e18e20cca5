package com.busdk.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.http.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {
    @ParameterizedTest
    @CsvSource({
        "user@example.com,user@example.com",
        "USER@EXAMPLE.COM,user@example.com",
        "'  user@example.com ',user@example.com",
        "ｕｓｅｒ@ｅｘａｍｐｌｅ.com,user@example.com",
        "user＠example.com,user@example.com",
        "user@example。com,user@example.com",
        "user@münchen.example,user@xn--mnchen-3ya.example",
        "user@MÜNCHEN.example,user@xn--mnchen-3ya.example",
        "user@mu\u0308nchen.example,user@xn--mnchen-3ya.example",
        "user@XN--MNCHEN-3YA.example,user@xn--mnchen-3ya.example",
        "user@xn--strae-oqa.de,user@xn--strae-oqa.de",
        "user@STRASSE.de,user@strasse.de",
        "\u212Aelvin@example.com,kelvin@example.com",
        "user+tag@example.com,user+tag@example.com",
        "first.last@sub.example.co,first.last@sub.example.co",
        "o'brien@example.com,o'brien@example.com"
    })
    void shouldHaveOneSpelling(String written, String same) {
        assertEquals(same, EmailAddress.parse(written).text());
    }

    @Test
    void shouldTakeTheLongestThereIs() {
        String local = "a".repeat(64);
        String domain = ("b".repeat(61) + ".").repeat(3) + "abc";
        String longest = local + "@" + domain;
        assertEquals(254, longest.length());
        assertEquals(longest, EmailAddress.parse(longest).text());
        assertThrows(ApiException.class, () -> EmailAddress.parse(longest + "d"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@",
                "user",
                "user@",
                "@example.com",
                "user@localhost",
                "user@example",
                "user@example.com.",
                "user@.example.com",
                "user@example..com",
                "user@-example.com",
                "user@exa_mple.com",
                "user@127.0.0.1",
                "user@[127.0.0.1]",
                "a@b@example.com",
                "a＠b@example.com",
                "us er@example.com",
                ".user@example.com",
                "user.@example.com",
                "us..er@example.com",
                "\"user\"@example.com",
                "user(comment)@example.com",
                "<user@example.com>",
                "User <user@example.com>",
                "user@example.com\n",
                "\nuser@example.com",
                "user@example.com\r\nBcc: evil@example.com",
                "user\u0000@example.com",
                "user\u2028@example.com",
                "us\u00ADer@example.com",
                "usеr@example.com", // a Cyrillic letter
                "ı@example.com",
                "İ@example.com",
                "user@exam\u202Eple.com",
                "user@ex\u0000ample.com",
                "user@straße.de", // strasse.de by the rules of Java, another domain by those of the DNS
                "user@STRAẞE.de",
                "user@faß.example",
                "user@ο\u03B4ό\u03C2.gr",
                "user@a\u200Cb.example",
                "user@a\u200Db.example",
                "user,other@example.com",
                "user@example.com,other@example.com",
                "user@example.com;other@example.com"
            })
    void shouldRefuse(String written) {
        ApiException refused = assertThrows(ApiException.class, () -> EmailAddress.parse(written));
        assertEquals(400, refused.status());
    }

    @Test
    void shouldRefuseWhatIsTooLong() {
        assertThrows(ApiException.class, () -> EmailAddress.parse("a".repeat(65) + "@example.com"));
        assertThrows(ApiException.class, () -> EmailAddress.parse("a@" + "b".repeat(64) + ".com"));
        assertThrows(ApiException.class, () -> EmailAddress.parse("a@" + "b.".repeat(200) + "com"));
        assertThrows(ApiException.class, () -> EmailAddress.parse("a".repeat(1_000_000) + "@example.com"));
    }
}
