using McpOperator.Protocol;
using McpOperator.Proxy.Surface;
using McpOperator.Proxy.Telemetry;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Judges single messages of the server, wherever they come from.</summary>
internal sealed class MessageFilter(ToolListFilter lists, SurfaceWatch surface, ServeOptions options, ProxyMetrics metrics)
{
    private readonly JsonLimits _limits = AnswerLimits.Of(options);

    /// <summary>Whether an answer's outermost members say that it answers the request, or nothing at all.</summary>
    public static bool Belongs(EnvelopeScanner scanner, Exchange exchange, bool isSuccess)
    {
        if (scanner.IsAmbiguous || (isSuccess && exchange.Message?.Kind == MessageKind.Request && !(scanner.IsObject && scanner.IsWhole)))
        {
            return false;
        }

        var hasNoId = scanner.Id.IsEmpty || scanner.Id.Span.SequenceEqual("null"u8);
        return hasNoId ? !isSuccess || !scanner.HasResult : !exchange.Id.IsEmpty && JsonText.AreSameId(scanner.Id, exchange.Id);
    }

    /// <summary>A checked JSON answer, message or batch, as the client gets it; nothing when it does not belong to the request.</summary>
    public ReadOnlyMemory<byte>? Apply(Exchange exchange, ReadOnlyMemory<byte> answer)
    {
        if (!JsonText.IsArray(answer))
        {
            return Belongs(answer, exchange) ? Filtered(exchange, answer) : null;
        }

        var edits = new JsonEdits(answer);
        foreach (var item in JsonText.Items(answer))
        {
            if (!exchange.Body.IsBatch || !Belongs(item, exchange))
            {
                return null;
            }

            edits.Replace(item, Filtered(exchange, item));
        }

        return edits.ToArray();
    }

    /// <summary>An event of a stream as the client gets it.</summary>
    /// <param name="exchange">The request to which the stream belongs.</param>
    /// <param name="sent">The event.</param>
    /// <param name="data">Its data, where they are others; empty: the event stays as it is.</param>
    /// <returns>Whether it goes through at all.</returns>
    public bool Passes(Exchange exchange, SseEvent sent, out ReadOnlyMemory<byte> data)
    {
        data = default;
        if (!sent.HasData || sent.Data.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return true;
        }

        var scanner = new EnvelopeScanner();
        scanner.Append(sent.Data.Span);
        if (scanner is { IsObject: true, IsWhole: true, IsAmbiguous: false, HasMethod: true, HasResult: false, HasError: false })
        {
            if (sent.Data.Span.IndexOf("tools/list_changed"u8) >= 0)
            {
                surface.ListChanged();
            }

            return true;
        }

        // An answer. On a stream that belongs to no request, or to a batch, it may be any: there all are looked at as a whole.
        var isAny = exchange.Message is not { Kind: MessageKind.Request } request;
        if (!isAny && !exchange.Asks(McpMethods.ToolsList) && !exchange.Asks(McpMethods.Initialize))
        {
            exchange.HasFailed |= scanner.HasError;
            return Belongs(scanner, exchange, isSuccess: true) || Dropped("foreign_answer");
        }

        if (StrictJson.Check(sent.Data, _limits) is not null)
        {
            return Dropped("malformed");
        }

        if (Apply(exchange, JsonText.Trim(sent.Data)) is not { } message)
        {
            return Dropped("foreign_answer");
        }

        data = message.Span.SequenceEqual(sent.Data.Span) ? default : message;
        return true;
    }

    /// <summary>A checked message of a session that the proxy itself has with the server, as the client gets it.</summary>
    public ReadOnlyMemory<byte> Shown(Exchange exchange, ReadOnlyMemory<byte> message)
    {
        var method = JsonText.Member(message, "method");
        if (method.IsEmpty)
        {
            return Filtered(exchange, message);
        }

        if (JsonText.Unquote(method) == McpMethods.ToolsListChanged)
        {
            surface.ListChanged();
        }

        return message;
    }

    private static bool Belongs(ReadOnlyMemory<byte> message, Exchange exchange)
    {
        if (!JsonText.IsObject(message))
        {
            return false;
        }

        var id = JsonText.Member(message, "id");
        return !JsonText.Member(message, "method").IsEmpty
            || exchange.Body.Messages.Count == 0
            || exchange.Body.Messages.Any(request => request.Kind == MessageKind.Request && JsonText.AreSameId(request.Id, id))
            || (JsonText.Member(message, "result").IsEmpty && (id.IsEmpty || id.Span.SequenceEqual("null"u8)));
    }

    private ReadOnlyMemory<byte> Filtered(Exchange exchange, ReadOnlyMemory<byte> message)
    {
        exchange.HasFailed |= !JsonText.Member(message, "error").IsEmpty;
        return lists.Apply(message, exchange.Policy, exchange.Access, exchange.Caller, exchange.Session?.Upstream);
    }

    private bool Dropped(string reason)
    {
        metrics.Dropped(reason);
        return false;
    }
}
