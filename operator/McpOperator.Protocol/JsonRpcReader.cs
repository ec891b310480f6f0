namespace McpOperator.Protocol;

/// <summary>
/// Reads JSON-RPC so that nobody behind us can read something else in the same bytes. Parsers disagree about repeated keys (first or
/// last), about keys in another case (Go's takes <c>METHOD</c> for <c>method</c>), and about broken Unicode; whatever two of them could
/// read differently is refused here.
/// </summary>
public static class JsonRpcReader
{
    /// <summary>The members of a message (JSON-RPC 2.0, sections 4 and 5).</summary>
    private static readonly string[] EnvelopeNames = ["jsonrpc", "id", "method", "params", "result", "error"];

    /// <summary>Reads a body.</summary>
    /// <param name="utf8">The body. It must not change as long as the messages are used.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="batches">Whether an array of messages is allowed; only MCP 2025-03-26 has them.</param>
    public static JsonRpcBody Read(ReadOnlyMemory<byte> utf8, JsonLimits limits, bool batches = false)
    {
        if (StrictJson.Check(utf8, limits) is { } broken)
        {
            return new() { Problem = new(JsonRpcErrors.ParseError, broken) };
        }

        var root = JsonText.Trim(utf8);
        return root.Span[0] switch
        {
            (byte)'{' => Single(root, limits),
            (byte)'[' when batches => Batch(root, limits),
            (byte)'[' => Refused("batches are not part of this protocol revision; send one message at a time"),
            _ => Refused("a message is a JSON object"),
        };
    }

    private static JsonRpcBody Single(ReadOnlyMemory<byte> text, JsonLimits limits)
    {
        var message = Message(text, limits, out var problem, out var id);
        return message is null ? new() { Problem = problem, ProblemId = id } : new() { Messages = [message] };
    }

    private static JsonRpcBody Batch(ReadOnlyMemory<byte> text, JsonLimits limits)
    {
        var messages = new List<JsonRpcMessage>();
        foreach (var item in JsonText.Items(text))
        {
            if (messages.Count == limits.MaxBatch)
            {
                return Refused($"a batch has at most {limits.MaxBatch} messages");
            }

            if (item.Span[0] != (byte)'{')
            {
                return Refused("every item of a batch is a JSON object");
            }

            if (Message(item, limits, out var problem, out _) is not { } message)
            {
                return new() { Problem = problem };
            }

            messages.Add(message);
        }

        return messages.Count == 0 ? Refused("a batch has at least one message") : new() { Messages = messages, IsBatch = true };
    }

    private static JsonRpcMessage? Message(ReadOnlyMemory<byte> text, JsonLimits limits, out JsonRpcProblem? problem, out ReadOnlyMemory<byte> id)
    {
        ReadOnlyMemory<byte> version = default, method = default, parameters = default, result = default, error = default;
        id = default;
        foreach (var member in JsonText.Members(text))
        {
            switch (member.Name)
            {
                case "jsonrpc": version = member.Value; break;
                case "id": id = member.Value; break;
                case "method": method = member.Value; break;
                case "params": parameters = member.Value; break;
                case "result": result = member.Value; break;
                case "error": error = member.Value; break;
                default:
                    if (KeyFolding.VariantOf(member.Name, EnvelopeNames) is { } known)
                    {
                        id = default;
                        problem = new(JsonRpcErrors.InvalidRequest, $"the member '{member.Name}' could be taken for '{known}'; write '{known}'");
                        return null;
                    }

                    break;
            }
        }

        problem = Check(version, id, method, parameters, result, error, limits);
        if (problem is not null)
        {
            id = CheckId(id, limits) is null ? id : default;
            return null;
        }

        return new()
        {
            Text = text,
            Kind = method.IsEmpty ? MessageKind.Response : id.IsEmpty ? MessageKind.Notification : MessageKind.Request,
            Id = id,
            Method = method.IsEmpty ? null : JsonText.Unquote(method),
            Params = parameters,
            Result = result,
            Error = error,
        };
    }

    private static JsonRpcProblem? Check(
        ReadOnlyMemory<byte> version,
        ReadOnlyMemory<byte> id,
        ReadOnlyMemory<byte> method,
        ReadOnlyMemory<byte> parameters,
        ReadOnlyMemory<byte> result,
        ReadOnlyMemory<byte> error,
        JsonLimits limits)
    {
        var problem = (version.Span.SequenceEqual("\"2.0\""u8), method.IsEmpty, result.IsEmpty, error.IsEmpty) switch
        {
            (false, _, _, _) => "'jsonrpc' must be \"2.0\"",
            (_, true, true, true) => "a message has 'method', 'result' or 'error'",
            (_, false, true, true) => CheckCall(id, method, parameters, limits),
            (_, true, false, true) => CheckId(id, limits) ?? (id.IsEmpty ? "a response has an 'id'" : null),
            // A sender that could not read our id answers to null (JSON-RPC 2.0, section 5).
            (_, true, true, false) => error.Span[0] != (byte)'{' ? "'error' is an object" : id.Span.SequenceEqual("null"u8) ? null : CheckId(id, limits),
            _ => "a message has only one of 'method', 'result' and 'error'",
        };
        // In a response they mean nothing, but what they could be taken for must not depend on who reads.
        problem ??= parameters.Span is [(byte)'{', ..] ? CheckParams(parameters) : null;
        return problem is null ? null : new(JsonRpcErrors.InvalidRequest, problem);
    }

    private static string? CheckCall(ReadOnlyMemory<byte> id, ReadOnlyMemory<byte> method, ReadOnlyMemory<byte> parameters, JsonLimits limits)
    {
        if (method.Span[0] != (byte)'"' || method.Length < 3)
        {
            return "'method' is a string";
        }

        if (!parameters.IsEmpty && parameters.Span[0] != (byte)'{')
        {
            return "'params' is an object";
        }

        return CheckId(id, limits);
    }

    /// <summary>An id is a string or an integer, and never null (MCP 2025-11-25, Base Protocol, "Requests").</summary>
    private static string? CheckId(ReadOnlyMemory<byte> id, JsonLimits limits)
    {
        if (id.IsEmpty)
        {
            return null;
        }

        if (id.Length > limits.MaxIdBytes)
        {
            return $"'id' has at most {limits.MaxIdBytes} bytes";
        }

        return id.Span[0] == (byte)'"' || (id.Span[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9') && !id.Span.ContainsAny(".eE"u8))
            ? null
            : "'id' is a string or an integer";
    }

    private static string? CheckParams(ReadOnlyMemory<byte> parameters)
    {
        foreach (var member in JsonText.Members(parameters))
        {
            if (KeyFolding.VariantOf(member.Name, McpParams.All) is { } known)
            {
                return $"the member 'params.{member.Name}' could be taken for '{known}'; write '{known}'";
            }

            if (member.Name == McpParams.Meta && member.Value.Span[0] == (byte)'{')
            {
                foreach (var meta in JsonText.Members(member.Value))
                {
                    if (KeyFolding.VariantOf(meta.Name, McpMeta.All) is { } knownMeta)
                    {
                        return $"the member 'params._meta.{meta.Name}' could be taken for '{knownMeta}'; write '{knownMeta}'";
                    }
                }
            }
        }

        return null;
    }

    private static JsonRpcBody Refused(string message) => new() { Problem = new(JsonRpcErrors.InvalidRequest, message) };
}
