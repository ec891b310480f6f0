using System.Buffers;
using McpOperator.Policy;
using McpOperator.Protocol;
using Microsoft.Net.Http.Headers;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Reads the body of a POST strictly, and its headers as far as they say the same as the body.</summary>
internal sealed class ParseStage(ServeOptions options) : IStage
{
    private readonly JsonLimits _limits = JsonLimits.Default with { MaxBytes = options.MaxRequestBytes };

    public async ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        var request = exchange.Http.Request;
        if (RevisionHeader.Read(exchange) is { } badRevision)
        {
            return badRevision;
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            return exchange.UnknownRevision is null ? null : Refusals.UnsupportedRevision;
        }

        if (!IsJson(request))
        {
            return Refusals.NotJson;
        }

        if (await ReadAsync(request, ct) is not { } body)
        {
            return Refusals.TooLarge(options.MaxRequestBytes);
        }

        exchange.Payload = body;
        // Whether a batch is allowed may depend on the session, which comes later; here only its form is looked at.
        exchange.Body = JsonRpcReader.Read(body, _limits, batches: exchange.Revision.HasBatches);
        return exchange.Body.Problem is { } problem ? Refusals.Malformed(problem)
            // Its messages could mean something else than those that we know.
            : exchange.UnknownRevision is not null ? Refusals.UnsupportedRevision
            : MirroredHeaders.Check(exchange);
    }

    private static bool IsJson(HttpRequest request) =>
        request.Headers.ContentEncoding.Count == 0
        && request.Headers.ContentType.Count == 1
        && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    /// <summary>The body; nothing when it is too large.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > options.MaxRequestBytes)
        {
            return null;
        }

        while (true)
        {
            var read = await request.BodyReader.ReadAsync(ct);
            if (read.Buffer.Length > options.MaxRequestBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
