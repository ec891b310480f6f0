using McpOperator.Api;
using McpOperator.Bridge.Framing;
using McpOperator.Bridge.Sessions;
using McpOperator.Protocol;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>
/// Requests of MCP 2026-07-28, which have no session. Nobody says who calls, so two of them may come from two callers: unless processes
/// are shared, each has a process for itself, taken warm where there is one and ended after the answer. Whoever knows callers apart
/// opens a session for each and is served quicker.
/// </summary>
internal sealed class StatelessRequests(BridgeOptions options, SessionTable sessions)
{
    /// <summary>Says which revisions are spoken here.</summary>
    public static byte[] UnsupportedVersion(ReadOnlyMemory<byte> id, string requested) => JsonRpcWriter.Error(id, JsonRpcErrors.UnsupportedProtocolVersion, "this protocol revision is not spoken here", data =>
    {
        data.WriteStartObject();
        data.WriteStartArray("supported");
        foreach (var revision in ProtocolRevision.All.Where(revision => revision != ProtocolRevision.V20241105))
        {
            data.WriteStringValue(revision.Name);
        }

        data.WriteEndArray();
        data.WriteString("requested", requested);
        data.WriteEndObject();
    });

    /// <summary>Answers a message.</summary>
    public async Task HandleAsync(HttpContext context, JsonRpcMessage message)
    {
        if (Check(context.Request, message) is var (code, problem))
        {
            await Replies.ErrorAsync(context.Response, StatusCodes.Status400BadRequest, code, BridgeReasons.BadRequest, problem, message.Id);
        }
        else if (message.Kind == MessageKind.Notification)
        {
            // The revision has none from clients; closing a stream cancels.
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        else
        {
            await AnswerAsync(context, message);
        }
    }

    private async Task AnswerAsync(HttpContext context, JsonRpcMessage request)
    {
        ServerConnection server;
        var stream = new EventStream(1, answers: 1);
        try
        {
            if (options.Shared)
            {
                server = await sessions.Stateless.GetAsync(context.RequestAborted);
            }
            else
            {
                server = await sessions.BorrowAsync(context.RequestAborted);
                server.Open(new OnlyStream(stream));
            }
        }
        catch (ServerUnavailableException e)
        {
            await Replies.UnavailableAsync(context.Response, e, request.Id);
            return;
        }

        var status = StatusCodes.Status200OK;
        var exchange = new Exchange(request, stream, owner: null)
        {
            Answering = answer =>
            {
                status = StatusOf(answer.ErrorCode);
                sessions.Succeeded();
            },
        };
        using var clock = new Timer(_ => stream.Tick(), null, 1000, 1000);
        var reader = stream.Attach();
        try
        {
            await server.SendAsync(request, exchange, context.RequestAborted);
            var reply = new EventStreamReply(options, context, stream, hasIds: false) { Status = () => status };
            if (!await reply.RunAsync(reader))
            {
                await server.CancelAsync(exchange);
            }
        }
        catch (OperationCanceledException)
        {
            await server.CancelAsync(exchange);
        }
        finally
        {
            stream.Close();
            server.Forget(exchange);
            if (!options.Shared)
            {
                _ = server.StopAsync(BridgeReasons.SessionEnded, "the request has ended");
            }
        }
    }

    /// <summary>What a server has to check in headers and body (2026-07-28, Streamable HTTP, "Server Validation").</summary>
    private static (int Code, string Problem)? Check(HttpRequest request, JsonRpcMessage message)
    {
        if (message.Kind == MessageKind.Response)
        {
            return (JsonRpcErrors.InvalidRequest, "this protocol revision has no responses from clients");
        }

        if (message.Kind == MessageKind.Notification)
        {
            return null;
        }

        if (request.Headers[McpHeaders.Method] != message.Method)
        {
            return (JsonRpcErrors.HeaderMismatch, $"the header {McpHeaders.Method} is missing or differs from 'method'");
        }

        var source = message.Method switch
        {
            McpMethods.ToolsCall or McpMethods.PromptsGet => McpParams.Name,
            McpMethods.ResourcesRead => McpParams.Uri,
            _ => null,
        };
        if (source is not null && McpHeaders.Decode(request.Headers[McpHeaders.Name].ToString()) != JsonText.Unquote(JsonText.Member(message.Params, source)))
        {
            return (JsonRpcErrors.HeaderMismatch, $"the header {McpHeaders.Name} is missing or differs from 'params.{source}'");
        }

        var meta = JsonText.Member(message.Params, McpParams.Meta);
        return (JsonText.Unquote(JsonText.Member(meta, McpMeta.ProtocolVersion)), JsonText.IsObject(JsonText.Member(meta, McpMeta.ClientCapabilities))) switch
        {
            (null, _) => (JsonRpcErrors.InvalidParams, $"params._meta['{McpMeta.ProtocolVersion}'] is missing"),
            (var version, _) when version != request.Headers[McpHeaders.ProtocolVersion] => (JsonRpcErrors.HeaderMismatch, $"the header {McpHeaders.ProtocolVersion} differs from params._meta['{McpMeta.ProtocolVersion}']"),
            (_, false) => (JsonRpcErrors.InvalidParams, $"params._meta['{McpMeta.ClientCapabilities}'] is missing"),
            _ => null,
        };
    }

    private static int StatusOf(int? error) => error switch
    {
        JsonRpcErrors.MethodNotFound => StatusCodes.Status404NotFound,
        JsonRpcErrors.HeaderMismatch or JsonRpcErrors.MissingClientCapability or JsonRpcErrors.UnsupportedProtocolVersion => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status200OK,
    };

    /// <summary>A server that serves one request says everything about that request, and may ask for nothing (2026-07-28, stdio).</summary>
    private sealed class OnlyStream(EventStream stream) : IAudience
    {
        public async ValueTask HearAsync(ServerConnection server, ServerMessage message)
        {
            if (message.Kind == MessageKind.Request)
            {
                await server.SendAsync(BridgeErrors.Write(message.Id, JsonRpcErrors.MethodNotFound, BridgeReasons.BadRequest, "in this protocol revision servers send no requests"));
                return;
            }

            while (!stream.TryAdd(new(message.Text)))
            {
                await stream.WaitForRoomAsync();
            }
        }
    }
}
