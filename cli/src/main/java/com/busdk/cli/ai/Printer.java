package com.busdk.cli.ai;

import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Table;
import com.fasterxml.jackson.databind.JsonNode;

/** Prints an answer in the form that the user wants. Stateless; on the command's thread. */
public final class Printer {
    private Printer() {}

    /**
     * Prints it.
     *
     * @param answer as the service gave it, for JSON
     * @param table the same for people and shell tools
     */
    public static void print(Invocation invocation, JsonNode answer, Table table) {
        switch (invocation.common().format()) {
            case JSON -> invocation.out().line(answer.toString());
            case TSV -> table.printTsv(invocation.out());
            case TEXT, TOKEN -> table.printText(invocation.out(), invocation.style());
        }
    }
}
