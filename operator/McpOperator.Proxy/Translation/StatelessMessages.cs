using System.Text;
using System.Text.Json;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Translation;

/// <summary>How messages of 2026-07-28 read in the revisions with a handshake, and the other way round. Pure.</summary>
internal static class StatelessMessages
{
    /// <summary>The result member that says whether a result is one, or asks for more.</summary>
    public const string ResultType = "resultType";

    /// <summary>Of a result that asks for more: the requests.</summary>
    public const string InputRequests = "inputRequests";

    private const string ServerInfo = "io.modelcontextprotocol/serverInfo";
    private static readonly byte[] Complete = "\"complete\""u8.ToArray();
    private static readonly string[] OfTheRequest = [McpMeta.ProtocolVersion, McpMeta.ClientInfo, McpMeta.ClientCapabilities, McpMeta.LogLevel];
    private static readonly string[] Cacheable = [McpMethods.Discover, McpMethods.ToolsList, McpMethods.PromptsList, McpMethods.ResourcesList, McpMethods.ResourcesTemplatesList, McpMethods.ResourcesRead];

    /// <summary>The parameters of <c>initialize</c> that say what a stateless request says of its client.</summary>
    public static byte[] Handshake(ReadOnlyMemory<byte> meta, ProtocolRevision revision)
    {
        var (info, capabilities) = (JsonText.Member(meta, McpMeta.ClientInfo), JsonText.Member(meta, McpMeta.ClientCapabilities));
        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString(McpParams.ProtocolVersion, revision.Name);
            Raw(writer, McpParams.Capabilities, JsonText.IsObject(capabilities) ? capabilities : "{}"u8.ToArray());
            Raw(writer, McpParams.ClientInfo, JsonText.IsObject(info) ? info : """{"name":"unknown","version":"0"}"""u8.ToArray());
            writer.WriteEndObject();
        });
    }

    /// <summary>A request without what it says of its client.</summary>
    public static ReadOnlyMemory<byte> WithoutClient(ReadOnlyMemory<byte> message)
    {
        var parameters = JsonText.Member(message, "params");
        var meta = OfTheRequest.Aggregate(JsonText.Member(parameters, McpParams.Meta), JsonObjectText.Remove);
        parameters = JsonText.Members(meta).Count == 0 ? JsonObjectText.Remove(parameters, McpParams.Meta) : JsonObjectText.Set(parameters, McpParams.Meta, meta);
        parameters = JsonObjectText.Remove(JsonObjectText.Remove(parameters, McpParams.InputResponses), McpParams.RequestState);
        return JsonObjectText.Set(message, "params", parameters);
    }

    /// <summary>A request that says of its client what the handshake said.</summary>
    /// <param name="message">The request.</param>
    /// <param name="handshake">The parameters of <c>initialize</c>.</param>
    /// <param name="logLevel">The level that the client has set; nothing when it has set none.</param>
    public static ReadOnlyMemory<byte> WithClient(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> handshake, string? logLevel)
    {
        var parameters = JsonText.Member(message, "params") is { IsEmpty: false } given ? given : "{}"u8.ToArray();
        var meta = JsonText.Member(parameters, McpParams.Meta) is var own && JsonText.IsObject(own) ? own : "{}"u8.ToArray();
        meta = logLevel is null ? meta : JsonObjectText.Set(meta, McpMeta.LogLevel, JsonObjectText.Quote(logLevel));
        meta = JsonObjectText.Set(meta, McpMeta.ClientCapabilities, JsonText.Member(handshake, McpParams.Capabilities) is var can && JsonText.IsObject(can) ? can : "{}"u8.ToArray());
        meta = JsonText.Member(handshake, McpParams.ClientInfo) is var info && JsonText.IsObject(info) ? JsonObjectText.Set(meta, McpMeta.ClientInfo, info) : meta;
        meta = JsonObjectText.Set(meta, McpMeta.ProtocolVersion, JsonObjectText.Quote(ProtocolRevision.V20260728.Name));
        return JsonObjectText.Set(message, "params", JsonObjectText.Set(parameters, McpParams.Meta, meta));
    }

    /// <summary>An answer of a server with a handshake, as a stateless client expects it.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="method">The method of the request.</param>
    /// <param name="serverInfo">Which program the server is.</param>
    public static ReadOnlyMemory<byte> Answer(ReadOnlyMemory<byte> message, string method, ReadOnlyMemory<byte> serverInfo)
    {
        var result = JsonText.Member(message, "result");
        if (!JsonText.IsObject(result))
        {
            return NotFoundAsInvalid(message);
        }

        if (Cacheable.Contains(method))
        {
            result = JsonText.Member(result, "ttlMs").IsEmpty ? JsonObjectText.Set(result, "ttlMs", "0"u8.ToArray()) : result;
            result = JsonText.Member(result, "cacheScope").IsEmpty ? JsonObjectText.Set(result, "cacheScope", "\"private\""u8.ToArray()) : result;
        }

        if (JsonText.IsObject(serverInfo))
        {
            var meta = JsonText.Member(result, McpParams.Meta) is var own && JsonText.IsObject(own) ? own : "{}"u8.ToArray();
            result = JsonObjectText.Set(result, McpParams.Meta, JsonObjectText.Set(meta, ServerInfo, serverInfo));
        }

        result = JsonText.Member(result, ResultType).IsEmpty ? JsonObjectText.Set(result, ResultType, Complete) : result;
        return JsonObjectText.Set(message, "result", result);
    }

    /// <summary>What <c>server/discover</c> says of a server with a handshake.</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="handshake">The result of <c>initialize</c>.</param>
    /// <param name="revision">The revision that it agreed to.</param>
    public static ReadOnlyMemory<byte> Discovered(ReadOnlyMemory<byte> id, ReadOnlyMemory<byte> handshake, ProtocolRevision revision)
    {
        var capabilities = JsonText.Member(handshake, McpParams.Capabilities) is var can && JsonText.IsObject(can) ? JsonObjectText.Remove(can, "tasks") : "{}"u8.ToArray();
        var answer = JsonRpcWriter.Result(id, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("supportedVersions");
            writer.WriteStringValue(ProtocolRevision.V20260728.Name);
            writer.WriteStringValue(revision.Name);
            writer.WriteEndArray();
            Raw(writer, McpParams.Capabilities, capabilities);
            if (JsonText.Member(handshake, "instructions") is { IsEmpty: false } instructions)
            {
                Raw(writer, "instructions", instructions);
            }

            writer.WriteEndObject();
        });
        return Answer(answer, McpMethods.Discover, JsonText.Member(handshake, "serverInfo"));
    }

    /// <summary>The result of a handshake with a server that has none.</summary>
    /// <param name="asked">The parameters of the client's <c>initialize</c>.</param>
    /// <param name="discovered">The result of <c>server/discover</c>.</param>
    public static byte[] Handshaken(ReadOnlyMemory<byte> asked, ReadOnlyMemory<byte> discovered)
    {
        var revision = ProtocolRevision.Of(JsonText.Unquote(JsonText.Member(asked, McpParams.ProtocolVersion))) is { IsStateless: false } wanted ? wanted : ProtocolRevision.LatestWithHandshake;
        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString(McpParams.ProtocolVersion, revision.Name);
            Raw(writer, McpParams.Capabilities, JsonText.Member(discovered, McpParams.Capabilities) is var can && JsonText.IsObject(can) ? JsonObjectText.Remove(can, "extensions") : "{}"u8.ToArray());
            Raw(writer, "serverInfo", JsonText.Member(JsonText.Member(discovered, McpParams.Meta), ServerInfo) is var info && JsonText.IsObject(info) ? info : """{"name":"unknown","version":"0"}"""u8.ToArray());
            if (JsonText.Member(discovered, "instructions") is { IsEmpty: false } instructions)
            {
                Raw(writer, "instructions", instructions);
            }

            writer.WriteEndObject();
        });
    }

    /// <summary>An answer that asks the client for what the server wants to know (2026-07-28, Multi Round-Trip Requests).</summary>
    /// <param name="id">The request's id.</param>
    /// <param name="requests">The server's requests.</param>
    /// <param name="state">What brings the retry back to where the server waits.</param>
    public static byte[] InputRequired(ReadOnlyMemory<byte> id, IEnumerable<ReadOnlyMemory<byte>> requests, string state) => JsonRpcWriter.Result(id, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString(ResultType, "input_required");
        writer.WriteStartObject(InputRequests);
        foreach (var request in requests)
        {
            writer.WritePropertyName(KeyOf(request));
            writer.WriteStartObject();
            Raw(writer, "method", JsonText.Member(request, "method"));
            if (JsonText.Member(request, "params") is { IsEmpty: false } parameters)
            {
                Raw(writer, "params", parameters);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteString(McpParams.RequestState, state);
        writer.WriteEndObject();
    });

    /// <summary>The key under which a request of the server stands among the input requests: its id.</summary>
    public static string KeyOf(ReadOnlyMemory<byte> request) => JsonText.Unquote(JsonText.Member(request, "id")) is { } text ? "s:" + text : "n:" + Encoding.UTF8.GetString(JsonText.Member(request, "id").Span);

    /// <summary>A notification that names the stream on which it goes out.</summary>
    public static ReadOnlyMemory<byte> OnStream(ReadOnlyMemory<byte> notification, ReadOnlyMemory<byte> streamId)
    {
        var parameters = JsonText.Member(notification, "params") is var own && JsonText.IsObject(own) ? own : "{}"u8.ToArray();
        var meta = JsonText.Member(parameters, McpParams.Meta) is var given && JsonText.IsObject(given) ? given : "{}"u8.ToArray();
        return JsonObjectText.Set(notification, "params", JsonObjectText.Set(parameters, McpParams.Meta, JsonObjectText.Set(meta, McpMeta.SubscriptionId, streamId)));
    }

    /// <summary>Writes a member as it is written.</summary>
    internal static void Raw(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte> value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(value.Span, skipInputValidation: true);
    }

    internal static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return buffer.ToArray();
    }

    /// <summary>A resource that does not exist had a code of its own until 2025-11-25 (2026-07-28, Key Changes, minor change 6).</summary>
    private static ReadOnlyMemory<byte> NotFoundAsInvalid(ReadOnlyMemory<byte> message)
    {
        var error = JsonText.Member(message, "error");
        return JsonText.Member(error, "code").Span.SequenceEqual("-32002"u8)
            ? JsonObjectText.Set(message, "error", JsonObjectText.Set(error, "code", "-32602"u8.ToArray()))
            : message;
    }
}
