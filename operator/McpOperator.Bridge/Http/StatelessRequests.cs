using System.Collections.Concurrent;
using McpOperator.Api;
using McpOperator.Bridge.Framing;
using McpOperator.Bridge.Sessions;
using McpOperator.Protocol;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>
/// Requests of MCP 2026-07-28, which have no session. Nobody says who calls, so two of them may come from two callers: unless processes
/// are shared, each has a process for itself, taken warm where there is one and ended after the answer; only the answer to a question of
/// the server goes back to the process that asked. Whoever knows callers apart opens a session for each and is served quicker.
/// </summary>
internal sealed class StatelessRequests(BridgeOptions options, SessionTable sessions)
{
    /// <summary>Processes whose last answer was a question, by the state that the client brings back with its answer.</summary>
    private readonly ConcurrentDictionary<string, Asking> _asking = new(StringComparer.Ordinal);

    /// <summary>Says which revisions without a handshake are spoken here.</summary>
    public static byte[] UnsupportedVersion(ReadOnlyMemory<byte> id, string requested) => JsonRpcWriter.Error(id, JsonRpcErrors.UnsupportedProtocolVersion, "this protocol revision is not spoken here", data =>
    {
        data.WriteStartObject();
        data.WriteStartArray("supported");
        foreach (var revision in ProtocolRevision.All.Where(revision => revision.IsStateless))
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
        OneAtATime? audience = null;
        string? state = null;
        var stream = new EventStream(1, answers: 1);
        try
        {
            if (options.Shared)
            {
                server = await sessions.Stateless.GetAsync(context.RequestAborted);
            }
            else
            {
                (server, audience) = await TakeAsync(request, context.RequestAborted);
                audience.Stream = stream;
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
                state = JsonText.Unquote(JsonText.Member(answer.Result, McpParams.RequestState));
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
            if (audience is not null)
            {
                Release(server, audience, state);
            }
        }
    }

    /// <summary>
    /// A process for a request: its own, or that whose question it answers. The state that the client brings back is the process's
    /// secret for that client (2026-07-28, Multi Round-Trip Requests), so nobody else comes to it.
    /// </summary>
    private async Task<(ServerConnection Server, OneAtATime Audience)> TakeAsync(JsonRpcMessage request, CancellationToken ct)
    {
        if (JsonText.Unquote(JsonText.Member(request.Params, McpParams.RequestState)) is { } state && _asking.TryRemove(state, out var asking))
        {
            await asking.Forgetting.DisposeAsync();
            if (asking.Server.IsOpen)
            {
                return (asking.Server, asking.Audience);
            }
        }

        var (server, audience) = (await sessions.BorrowAsync(ct), new OneAtATime());
        server.Open(audience);
        return (server, audience);
    }

    /// <summary>Ends a process, unless it has asked something; then it waits for as long as a session may be idle.</summary>
    private void Release(ServerConnection server, OneAtATime audience, string? state)
    {
        audience.Stream = null;
        if (state is not null && server.IsOpen)
        {
            var asking = new Asking(server, audience, new(_ => Forget(state), null, options.IdleTimeout, Timeout.InfiniteTimeSpan));
            if (_asking.TryAdd(state, asking))
            {
                return;
            }

            asking.Forgetting.Dispose();
        }

        _ = server.StopAsync(BridgeReasons.SessionEnded, "the request has ended");
    }

    private void Forget(string state)
    {
        if (_asking.TryRemove(state, out var asking))
        {
            asking.Forgetting.Dispose();
            _ = asking.Server.StopAsync(BridgeReasons.SessionEnded, "its question was not answered");
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
    private sealed class OneAtATime : IAudience
    {
        /// <summary>Where the request under way is answered; nothing while there is none.</summary>
        public EventStream? Stream { get; set; }

        public async ValueTask HearAsync(ServerConnection server, ServerMessage message)
        {
            if (message.Kind == MessageKind.Request)
            {
                await server.SendAsync(BridgeErrors.Write(message.Id, JsonRpcErrors.MethodNotFound, BridgeReasons.BadRequest, "in this protocol revision servers send no requests"));
                return;
            }

            while (Stream is { } stream && !stream.TryAdd(new(message.Text)))
            {
                await stream.WaitForRoomAsync();
            }
        }
    }

    /// <summary>A process that waits for the answer to its question, and the clock that ends it.</summary>
    private sealed record Asking(ServerConnection Server, OneAtATime Audience, Timer Forgetting);
}
