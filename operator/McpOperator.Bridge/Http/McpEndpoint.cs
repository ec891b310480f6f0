using McpOperator.Api;
using McpOperator.Bridge.Sessions;
using McpOperator.Protocol;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>
/// Streamable HTTP (MCP 2025-03-26 to 2025-11-25, Transports; 2026-07-28, Streamable HTTP): POST sends messages, GET listens, DELETE ends
/// the session.
/// </summary>
internal sealed class McpEndpoint(BridgeOptions options, SessionTable sessions)
{
    /// <summary>Where it is.</summary>
    public const string Path = "/mcp";

    /// <summary>Requests of one session at the same time: each holds its message until its server has taken it.</summary>
    private const int MostRequests = 1000;

    private readonly OriginRule _origins = new(options);
    private readonly StatelessRequests _stateless = new(options, sessions);
    private readonly JsonLimits _limits = new() { MaxBytes = options.MaxMessageBytes };

    private int _underway;

    /// <summary>Messages that have not been answered yet.</summary>
    public int Underway => Volatile.Read(ref _underway);

    /// <summary>No more sessions are opened; those that are open may end what they have begun.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (_origins.Refuses(request) is { } refusal)
        {
            await RefuseAsync(response, StatusCodes.Status403Forbidden, BridgeReasons.OriginNotAllowed, refusal);
        }
        else if (request.Path != Path)
        {
            await RefuseAsync(response, StatusCodes.Status404NotFound, BridgeReasons.BadRequest, $"the only address here is {Path}");
        }
        else
        {
            var task = request.Method switch
            {
                "POST" => PostAsync(context),
                "GET" when RevisionOf(request, out _) is not { IsStateless: true } => GetAsync(context),
                "DELETE" when RevisionOf(request, out _) is not { IsStateless: true } => DeleteAsync(context),
                _ => WrongMethodAsync(response),
            };
            await task;
        }
    }

    private async Task PostAsync(HttpContext context)
    {
        Interlocked.Increment(ref _underway);
        try
        {
            await TakeAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _underway);
        }
    }

    private async Task TakeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!MediaTypes.IsJson(request.ContentType))
        {
            await RefuseAsync(response, StatusCodes.Status415UnsupportedMediaType, BridgeReasons.BadRequest, "Content-Type must be application/json");
            return;
        }

        if (!MediaTypes.Accepts(request, MediaTypes.Json) || !MediaTypes.Accepts(request, SseWriter.ContentType))
        {
            await RefuseAsync(response, StatusCodes.Status406NotAcceptable, BridgeReasons.BadRequest, "Accept must list application/json and text/event-stream");
            return;
        }

        if (await RequestBody.ReadAsync(request, options.MaxMessageBytes) is not { } bytes)
        {
            await RefuseAsync(response, StatusCodes.Status413PayloadTooLarge, BridgeReasons.BadRequest, $"a message has at most {options.MaxMessageBytes} bytes");
            return;
        }

        var revision = RevisionOf(request, out var named);
        var session = SessionOf(request, out var sessionId);
        var body = JsonRpcReader.Read(bytes, _limits, batches: (revision ?? session?.Revision ?? ProtocolRevision.Assumed).HasBatches);
        if (body.Problem is { } problem)
        {
            await Replies.ErrorAsync(response, StatusCodes.Status400BadRequest, problem.Code, BridgeReasons.BadRequest, problem.Message, body.ProblemId);
        }
        else if (revision is null && named is not null)
        {
            await Replies.JsonAsync(response, new(StatelessRequests.UnsupportedVersion(body.Messages[0].Id, named)), StatusCodes.Status400BadRequest);
        }
        else if (IsStopping && (revision is { IsStateless: true } || sessionId is null))
        {
            await Replies.UnavailableAsync(response, new(BridgeReasons.Stopping, "the bridge is being stopped", TimeSpan.FromSeconds(5)), body.Messages[0].Id);
        }
        else if (revision is { IsStateless: true })
        {
            await _stateless.HandleAsync(context, body.Messages[0]);
        }
        else if (sessionId is null && body.Messages is [{ } first] && first.IsRequest(McpMethods.Initialize))
        {
            await InitializeAsync(context, first);
        }
        else if (session is null)
        {
            await NoSessionAsync(response, sessionId);
        }
        else
        {
            await InSessionAsync(context, session, body);
        }
    }

    private async Task InSessionAsync(HttpContext context, Session session, JsonRpcBody body)
    {
        if (body.Messages.Any(message => message.IsRequest(McpMethods.Initialize)))
        {
            await RefuseAsync(context.Response, StatusCodes.Status400BadRequest, BridgeReasons.BadRequest, "the session is initialized; leave Mcp-Session-Id out to open another");
            return;
        }

        var users = session.Enter();
        try
        {
            if (users > MostRequests)
            {
                throw new ServerUnavailableException(BridgeReasons.TooManyRequests, $"{MostRequests} requests of this session are under way; wait for their answers", TimeSpan.FromSeconds(1));
            }

            await SendAsync(context, session, body.Messages);
        }
        catch (ServerUnavailableException e)
        {
            await Replies.UnavailableAsync(context.Response, e, body.Messages[0].Id);
        }
        finally
        {
            session.Leave();
        }
    }

    private async Task SendAsync(HttpContext context, Session session, IReadOnlyList<JsonRpcMessage> messages)
    {
        var ct = context.RequestAborted;
        var server = await session.Server.GetAsync(ct);
        foreach (var message in messages.Where(message => message.Kind != MessageKind.Request))
        {
            if (sessions.Shared is null || (message.Kind == MessageKind.Notification && !SharedServer.Keeps(message)))
            {
                await server.SendAsync(message, session, ct);
            }
        }

        var requests = messages.Where(message => message.Kind == MessageKind.Request).ToList();
        if (requests.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        var stream = session.OpenStream(requests.Count);
        var reply = new EventStreamReply(options, context, stream, hasIds: true) { Primes = Primes(session), IsHopeless = HopelessAfterCancel(server, stream) };
        await ReplyAsync(session, stream, reply, async () =>
        {
            foreach (var request in requests)
            {
                var exchange = new Exchange(request, stream, session);
                if (sessions.Shared?.Subscribes(session, request) == true)
                {
                    stream.Answer(new(JsonRpcWriter.Result(request.Id, writer => { writer.WriteStartObject(); writer.WriteEndObject(); })));
                }
                else
                {
                    await server.SendAsync(request, exchange, ct);
                }
            }
        });
        foreach (var cancelled in server.Exchanges.Where(exchange => exchange.Stream == stream && exchange.IsCancelled))
        {
            server.Forget(cancelled);
        }
    }

    private async Task InitializeAsync(HttpContext context, JsonRpcMessage request)
    {
        Session session;
        try
        {
            session = await sessions.OpenAsync(context.RequestAborted);
        }
        catch (ServerUnavailableException e)
        {
            await Replies.UnavailableAsync(context.Response, e, request.Id);
            return;
        }

        if (sessions.Shared is { } shared)
        {
            Agree(session, shared.InitializeResult);
            context.Response.Headers[McpHeaders.SessionId] = session.Id;
            await Replies.JsonAsync(context.Response, new(JsonRpcWriter.Result(request.Id, writer => writer.WriteRawValue(shared.InitializeResult.Span, skipInputValidation: true))));
            return;
        }

        await ShakeHandsAsync(context, session, await session.Server.GetAsync(context.RequestAborted), request);
    }

    /// <summary>Lets the client shake hands with its own server; the session stands if that ends well.</summary>
    private async Task ShakeHandsAsync(HttpContext context, Session session, ServerConnection server, JsonRpcMessage request)
    {
        var (failed, began) = (false, Environment.TickCount64);
        var stream = session.OpenStream(1);
        var exchange = new Exchange(request, stream, session)
        {
            Answering = answer =>
            {
                failed = answer.Result.IsEmpty;
                Agree(session, answer.Result);
                sessions.Succeeded();
            },
        };
        var reply = new EventStreamReply(options, context, stream, hasIds: true)
        {
            Beginning = () =>
            {
                if (!failed && server.IsOpen)
                {
                    context.Response.Headers[McpHeaders.SessionId] = session.Id;
                }
            },
            IsHopeless = () =>
            {
                if (Environment.TickCount64 - began > options.StartTimeout.TotalMilliseconds)
                {
                    _ = sessions.EndAsync(session, $"the server has not answered '{McpMethods.Initialize}' within {options.StartTimeout.TotalSeconds} s");
                }

                return false;
            },
        };
        session.Enter();
        var isOpen = false;
        try
        {
            isOpen = await ReplyAsync(session, stream, reply, async () => await server.SendAsync(request, exchange, context.RequestAborted)) && !failed && server.IsOpen;
        }
        finally
        {
            session.Leave();
            if (!isOpen)
            {
                _ = sessions.EndAsync(session, "it was not initialized");
            }
        }
    }

    private async Task GetAsync(HttpContext context)
    {
        var session = SessionOf(context.Request, out var sessionId);
        if (!MediaTypes.Accepts(context.Request, SseWriter.ContentType))
        {
            await RefuseAsync(context.Response, StatusCodes.Status406NotAcceptable, BridgeReasons.BadRequest, "Accept must list text/event-stream");
            return;
        }

        if (session is null)
        {
            await NoSessionAsync(context.Response, sessionId);
            return;
        }

        var (stream, seen) = (session.Standing, (long?)null);
        if (context.Request.Headers[McpHeaders.LastEventId].ToString() is { Length: > 0 } last)
        {
            if (EventId.Parse(last) is not var (number, count) || session.FindStream(number) is not { } found)
            {
                // Not 404: that would say that the session is gone.
                await RefuseAsync(context.Response, StatusCodes.Status400BadRequest, BridgeReasons.BadRequest, "nothing is kept of the stream of this Last-Event-ID; what it had is lost");
                return;
            }

            (stream, seen) = (found, count);
        }

        session.Enter();
        var reply = new EventStreamReply(options, context, stream, hasIds: true) { Primes = Primes(session) && seen is null };
        await ReplyAsync(session, stream, reply, reply.BeginAsync, seen);
        session.Leave();
    }

    private async Task DeleteAsync(HttpContext context)
    {
        if (SessionOf(context.Request, out var sessionId) is not { } session)
        {
            await NoSessionAsync(context.Response, sessionId);
            return;
        }

        _ = sessions.EndAsync(session, "its client has ended it");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Reads a stream to its end, and lets go of it in the right way whatever happens.</summary>
    private static async Task<bool> ReplyAsync(Session session, EventStream stream, EventStreamReply reply, Func<Task> begin, long? seen = null)
    {
        var reader = stream.Attach(seen);
        session.Listens();
        try
        {
            await begin();
            return await reply.RunAsync(reader);
        }
        catch (OperationCanceledException)
        {
            // The client has gone. It may come back: that is no cancellation (2025-11-25, Transports, "Sending Messages").
            return false;
        }
        finally
        {
            stream.Detach(reader);
            if (stream != session.Standing)
            {
                session.CloseStream(stream, keep: reply.IsStream);
            }
        }
    }

    /// <summary>A server need not answer a request that was cancelled; its stream ends some time later.</summary>
    private static Func<bool> HopelessAfterCancel(ServerConnection server, EventStream stream)
    {
        var ticks = 0;
        return () => server.Exchanges.Where(exchange => exchange.Stream == stream).ToList() is { Count: > 0 } open && open.TrueForAll(exchange => exchange.IsCancelled) && ++ticks > 5;
    }

    /// <summary>Takes over the revision that the server has chosen.</summary>
    private static void Agree(Session session, ReadOnlyMemory<byte> result) =>
        session.Revision = ProtocolRevision.Of(JsonText.Unquote(JsonText.Member(result, McpParams.ProtocolVersion))) ?? ProtocolRevision.Assumed;

    /// <summary>Older clients take an event without data for a broken message.</summary>
    private static bool Primes(Session session) => session.Revision.IsAtLeast(ProtocolRevision.V20251125);

    private Session? SessionOf(HttpRequest request, out string? id)
    {
        id = request.Headers[McpHeaders.SessionId] is [{ Length: > 0 } single] ? single : null;
        return id is not null && sessions.TryFind(id, out var session) ? session : null;
    }

    private static ProtocolRevision? RevisionOf(HttpRequest request, out string? named)
    {
        named = request.Headers[McpHeaders.ProtocolVersion] is { Count: > 0 } values ? values.ToString() : null;
        return ProtocolRevision.Of(named);
    }

    private static Task NoSessionAsync(HttpResponse response, string? id) => id is null
        ? RefuseAsync(response, StatusCodes.Status400BadRequest, BridgeReasons.SessionRequired, $"the header {McpHeaders.SessionId} is missing; '{McpMethods.Initialize}' opens a session")
        : Replies.ErrorAsync(response, StatusCodes.Status404NotFound, JsonRpcErrors.Refused, BridgeReasons.SessionNotFound, "there is no such session (any more); open another");

    private static Task WrongMethodAsync(HttpResponse response)
    {
        response.Headers.Allow = "GET, POST, DELETE";
        return RefuseAsync(response, StatusCodes.Status405MethodNotAllowed, BridgeReasons.BadRequest, "use POST, or until 2025-11-25 GET and DELETE");
    }

    private static Task RefuseAsync(HttpResponse response, int status, string reason, string message) =>
        Replies.ErrorAsync(response, status, JsonRpcErrors.InvalidRequest, reason, message);
}
