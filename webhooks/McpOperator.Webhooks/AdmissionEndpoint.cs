using System.Text;
using McpOperator.Admission;
using McpOperator.Webhooks.Reviews;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks;

/// <summary>
/// HTTP in, decisions out. Whatever cannot be decided is answered with an error, which with <c>failurePolicy: Fail</c> refuses the
/// request: nothing gets in because something broke.
/// </summary>
internal sealed class AdmissionEndpoint(IReadOnlyDictionary<string, IKindReviewer> reviewers, TimeProvider time, ILogger log)
{
    /// <summary>The API server takes requests of 3 MiB, and a change comes with the object before and after it.</summary>
    public const int LargestBody = 8 * 1024 * 1024;

    /// <summary>The API server gives up after 10 s and would then say less than we do.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    public async Task HandleAsync(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "").Split('/');
        if (path is not ["", "validate" or "mutate", var kind] || !reviewers.TryGetValue(kind, out var reviewer) || (path[1] == "mutate" && !reviewer.Stamps))
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, "there is no webhook of this path");
        }
        else if (context.Request.Method != HttpMethods.Post)
        {
            await AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "webhooks are called by POST");
        }
        else if (context.Request.ContentType?.Split(';')[0].Trim() != "application/json")
        {
            await AnswerAsync(context, StatusCodes.Status415UnsupportedMediaType, "webhooks take application/json");
        }
        else
        {
            await DecideAsync(context, path[1], kind, reviewer);
        }
    }

    private async Task DecideAsync(HttpContext context, string webhook, string kind, IKindReviewer reviewer)
    {
        var began = time.GetTimestamp();
        using var limit = new CancellationTokenSource(Limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            var answer = await DecideAsync(await ReadAsync(context, stop.Token), webhook, kind, reviewer, stop.Token);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer, stop.Token);
        }
        catch (AdmissionFormatException e)
        {
            await FailAsync(context, kind, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(context, kind, e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? $"the body is larger than {LargestBody} bytes" : e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (OperationCanceledException)
        {
            await FailAsync(context, kind, StatusCodes.Status504GatewayTimeout, $"no decision within {Limit.TotalSeconds:0} s; try again");
        }
        catch (Exception e)
        {
            log.LogError(e, "Admission of {Kind} failed", kind);
            await FailAsync(context, kind, StatusCodes.Status500InternalServerError, "the decision failed; the operator's log says why");
        }
        finally
        {
            WebhookMetrics.Seconds.Record(time.GetElapsedTime(began).TotalSeconds, WebhookMetrics.Tag("kind", kind), WebhookMetrics.Tag("webhook", webhook));
        }
    }

    private async Task<byte[]> DecideAsync(ReadOnlyMemory<byte> body, string webhook, string kind, IKindReviewer reviewer, CancellationToken ct)
    {
        var (request, document) = AdmissionReader.Read(body);
        using (document)
        {
            if (request.Kind != reviewer.Kind)
            {
                throw new AdmissionFormatException($"this path reviews {reviewer.Kind}, not {request.Kind}");
            }

            if (webhook == "mutate")
            {
                return AdmissionWriter.Write(request, reviewer.Stamp(request));
            }

            var verdict = await reviewer.ReviewAsync(request, ct);
            Tell(request, kind, verdict);
            return AdmissionWriter.Write(request, verdict);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, CancellationToken ct)
    {
        var length = (int)Math.Clamp(context.Request.ContentLength ?? 0, 0, LargestBody);
        using var buffer = new MemoryStream(length);
        await context.Request.Body.CopyToAsync(buffer, ct);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private void Tell(AdmissionRequest request, string kind, Verdict verdict)
    {
        var reason = verdict.IsAccepted ? "" : verdict.Violations[0].Reason;
        WebhookMetrics.DecisionCount.Add(
            1,
            WebhookMetrics.Tag("kind", kind),
            WebhookMetrics.Tag("operation", request.Operation.ToString()),
            WebhookMetrics.Tag("outcome", verdict.IsAccepted ? "allowed" : "refused"),
            WebhookMetrics.Tag("reason", reason));
        foreach (var (violation, effect) in verdict.Violations.Select(v => (v, "refused")).Concat(verdict.Warnings.Select(v => (v, "warned"))))
        {
            WebhookMetrics.ViolationCount.Add(1, WebhookMetrics.Tag("kind", kind), WebhookMetrics.Tag("reason", violation.Reason), WebhookMetrics.Tag("effect", effect));
        }

        if (!verdict.IsAccepted)
        {
            log.LogWarning(
                "Refused {Operation} of {Kind} {Namespace}/{Name} by {User} (dry run: {DryRun}): {Reason}: {Message}",
                request.Operation, kind, request.Namespace, request.Name, request.User, request.DryRun, reason, string.Join(" ", verdict.Violations));
        }
    }

    private static Task FailAsync(HttpContext context, string kind, int status, string text)
    {
        WebhookMetrics.DecisionCount.Add(
            1, WebhookMetrics.Tag("kind", kind), WebhookMetrics.Tag("operation", ""), WebhookMetrics.Tag("outcome", "failed"), WebhookMetrics.Tag("reason", $"{status}"));
        return AnswerAsync(context, status, text);
    }

    private static async Task AnswerAsync(HttpContext context, int status, string text)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text + "\n"), CancellationToken.None);
        }
    }
}
