package com.busdk.broker.contract;

import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What tests of leases do again and again: consumers that acknowledge, and requests that settle what they got. */
abstract class LeaseSuite extends ContractSuite {
    static final String GROUP = "workers";

    String member(String consumer) {
        return "name=" + name + "&delivery=unicast&ack=explicit&group=" + GROUP + "&consumer=" + consumer;
    }

    JsonNode settle(String members) {
        return caller.ack(GROUP, members).expect(200).json();
    }

    static String tokens(String verb, Event... events) {
        List<String> tokens = new ArrayList<>();
        for (Event event : events) {
            tokens.add(Json.quote(event.token()));
        }
        return "\"" + verb + "\":[" + String.join(",", tokens) + "]";
    }

    static String nack(Event event, String members) {
        return "\"nack\":[{\"token\":" + Json.quote(event.token()) + members + "}]";
    }

    static Set<String> texts(JsonNode array) {
        Set<String> texts = new TreeSet<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
