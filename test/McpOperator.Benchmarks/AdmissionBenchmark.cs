using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Signatures;
using McpOperator.TestKit;

namespace McpOperator.Benchmarks;

/// <summary>Milliseconds that requests took.</summary>
internal sealed record Times(int Count, double Median, double P99)
{
    public static Times Of(IReadOnlyCollection<double> times) => new(times.Count, Statistics.Median(times), Statistics.Percentile(times, 0.99));

    public override string ToString() => $"{Median:0.0} / {P99:0.0} ms";
}

/// <summary>One look at an image that nobody looked at before.</summary>
/// <param name="Cosign">Who signed it, and whose <c>verify</c> it is compared with.</param>
/// <param name="OurRequests">Requests to the registry for each image.</param>
/// <param name="TheirRequests">The same of <c>cosign verify</c>.</param>
/// <param name="OurMilliseconds">Median.</param>
/// <param name="TheirMilliseconds">Median, the start of the program included.</param>
internal sealed record ColdVerification(string Cosign, double OurRequests, double TheirRequests, double OurMilliseconds, double TheirMilliseconds);

/// <summary>What admission costs.</summary>
/// <param name="Rate">Requests in a second.</param>
/// <param name="Cached">The webhook: a new server whose image was verified before; all rules.</param>
/// <param name="WithoutPolicies">The webhook: a changed label, which no rule concerns.</param>
/// <param name="ServerWithWebhooks">The API server: dry runs that create such a server, one after the other; both webhooks.</param>
/// <param name="ServerWithout">The same where no webhook is registered.</param>
/// <param name="Cold">Images that nobody looked at before.</param>
internal sealed record AdmissionResult(int Rate, Times Cached, Times WithoutPolicies, Times ServerWithWebhooks, Times ServerWithout, IReadOnlyList<ColdVerification> Cold)
{
    /// <summary>What the rules add to the slowest of a hundred requests, in milliseconds.</summary>
    public double Added99 => Cached.P99 - WithoutPolicies.P99;
}

/// <summary>Asks for admission at a steady rate, whether answers come or not, and compares verification with cosign's.</summary>
internal sealed class AdmissionBenchmark(Bench bench)
{
    private const string Ns = "admission";
    private const int Rate = 200;
    private const int Turns = 4;
    private const string User = "system:admin";

    /// <summary>Measures; nothing where this machine cannot have the tools that sign.</summary>
    public async Task<AdmissionResult?> RunAsync(CancellationToken ct)
    {
        if (SigningTools.TryStart(out var why) is not { } tools)
        {
            bench.Say($"admission is left out: {why}");
            return null;
        }

        using (tools)
        {
            var key = tools.MakeKey("release");
            var image = Sign(tools, "cosign-2", "cached");
            var admission = await AdmitAsync(tools, key, image, ct);
            bench.Say("cold verification, beside cosign's");
            return admission with { Cold = [await CompareAsync(tools, key, "cosign-2", ct), await CompareAsync(tools, key, "cosign-3", ct)] };
        }
    }

    private async Task<AdmissionResult> AdmitAsync(SigningTools tools, string key, string image, CancellationToken ct)
    {
        var configuration = Path.Combine(bench.Options.OutputFolder, "admission.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            images:
              allowedRegistries: ["{{tools.Host}}/bench"]
              registries: {insecure: ["{{tools.Host}}"]}
              signatures:
                requireTransparencyLog: false
                signers:
                - name: release
                  publicKey: |
                    {{key.Trim().Replace("\n", "\n        ", StringComparison.Ordinal)}}
            network: {apiServerCidrs: [10.0.0.1/32]}
            quotas: {mode: unbounded}
            """, ct);
        await bench.Cluster.CreateNamespaceAsync(Ns, ct);
        await bench.Cluster.CreateNamespaceAsync("mcp-operator-system", ct);
        var server = new MCPServer
        {
            Metadata = new() { Name = "weather", NamespaceProperty = Ns, Annotations = new Dictionary<string, string> { [Annotations.ChangedBy] = User } },
            Spec = SampleServers.Make(Sample.Typical, Ns, "weather").Spec with { Image = image },
        };
        var labelled = server with { Metadata = server.Metadata with { Labels = new Dictionary<string, string> { ["a"] = "b" } } };
        using var api = KubeApi.FromKubeconfig(bench.Cluster.Kubeconfig);
        var path = KubeApi.Path(ResourceType.Of<MCPServer>(), Ns) + "?dryRun=All";

        bench.Say("the API server without webhooks");
        var without = await InTurnAsync(DryRunAsync);

        var port = McpOperator.TestKit.OperatorProcess.FreePort();
        await using var subject = OperatorProcess.Start(
            bench.Options, bench.Cluster, Ns, configuration, "--webhook-address", $"127.0.0.1:{port}", "--webhook-url", $"https://127.0.0.1:{port}");
        await subject.WaitUntilReadyAsync(ct);
        using var handler = await AsApiServerAsync(api);
        using var http = new HttpClient(handler) { BaseAddress = new($"https://127.0.0.1:{port}") };
        var (create, label) = (Question("CREATE", server, null), Question("UPDATE", labelled, server));
        bench.Say("the webhook, with and without rules, by turns");
        await PaceAsync(1, () => AskAsync(create), ct);
        await PaceAsync(1, () => AskAsync(label), ct);
        var (cached, plain) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            cached.AddRange(await PaceAsync(1, () => AskAsync(create), ct));
            plain.AddRange(await PaceAsync(1, () => AskAsync(label), ct));
        }

        bench.Say("the API server with webhooks");
        return new(Rate, Times.Of(cached), Times.Of(plain), await InTurnAsync(DryRunAsync), without, []);

        async Task DryRunAsync()
        {
            var answer = await api.SendAsync(HttpMethod.Post, path, KubernetesJson.SerializeToNode(server));
            _ = answer.IsGood ? answer : throw new InvalidOperationException($"refused: {answer}");
        }

        async Task AskAsync(byte[] question)
        {
            using var body = new ByteArrayContent(question) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var answer = await http.PostAsync("/validate/mcpserver", body, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            _ = text.Contains("\"allowed\":true", StringComparison.Ordinal) ? text : throw new InvalidOperationException($"refused: {text}");
        }
    }

    /// <summary>Trusts whom the API server trusts when it calls the webhook.</summary>
    private static async Task<SocketsHttpHandler> AsApiServerAsync(KubeApi api)
    {
        var registered = await api.GetAsync(new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Namespaced: false), null, "mcp-operator");
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.ASCII.GetString(Convert.FromBase64String((string)registered["webhooks"]![0]!["clientConfig"]!["caBundle"]!)));
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.AddRange(authorities);
        return new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = chain } };
    }

    /// <summary>Sends one after the other: an API server that shares its cores with us does not keep up with the rate, webhooks or not.</summary>
    private async Task<Times> InTurnAsync(Func<Task> send)
    {
        var times = new List<double>();
        for (var i = 0; i < bench.Options.Samples * 6; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await send();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        // The first ones warm up.
        return Times.Of(times[bench.Options.Samples..]);
    }

    /// <summary>Sends at the rate for so many times five seconds; a request that waits for another's answer would hide what is slow.</summary>
    private async Task<IReadOnlyList<double>> PaceAsync(int turns, Func<Task> send, CancellationToken ct)
    {
        var count = bench.Options.Samples * turns * 5;
        var times = new ConcurrentBag<double>();
        var sent = new List<Task>(count);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var wait = TimeSpan.FromSeconds((double)i / Rate) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, ct);
            }

            sent.Add(TimeAsync());
        }

        await Task.WhenAll(sent);
        return [.. times];

        async Task TimeAsync()
        {
            var start = Stopwatch.GetTimestamp();
            await Task.Run(send, ct);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private async Task<ColdVerification> CompareAsync(SigningTools tools, string key, string cosign, CancellationToken ct)
    {
        var settings = new SignatureSettings { RequireTransparencyLog = false, Signers = [new() { Name = "release", PublicKey = key }] };
        var (ours, theirs) = (new List<(double Requests, double Milliseconds)>(), new List<(double Requests, double Milliseconds)>());
        var images = Math.Max(2, bench.Options.Samples / 20);
        for (var i = 0; i <= images; i++)
        {
            var image = Sign(tools, cosign, $"{cosign}-{i}");
            var request = new SignatureRequest { Image = ImageReference.TryParse(image)!, Settings = settings, Registries = new() { Insecure = [tools.Host] } };
            theirs.Add(await CountAsync(tools, () => Task.Run(() => tools.Run(cosign, tools.Verify(image, "release")), ct)));
            using var verifier = new SignatureVerifier(TimeProvider.System); // knows no image, no token and no connection
            ours.Add(await CountAsync(tools, async () =>
            {
                var verdict = await verifier.VerifyAsync(request, ct);
                _ = verdict.IsVerified ? verdict : throw new InvalidOperationException(verdict.Message);
            }));
        }

        // The first ones warm up.
        return new(
            cosign,
            ours.Skip(1).Average(o => o.Requests), theirs.Skip(1).Average(t => t.Requests),
            Statistics.Median(ours.Skip(1).Select(o => o.Milliseconds)), Statistics.Median(theirs.Skip(1).Select(t => t.Milliseconds)));
    }

    private static async Task<(double Requests, double Milliseconds)> CountAsync(SigningTools tools, Func<Task> verify)
    {
        var before = tools.Requests;
        var began = Stopwatch.GetTimestamp();
        await verify();
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return (tools.Requests - before, took);
    }

    private static string Sign(SigningTools tools, string cosign, string marker)
    {
        var image = $"{tools.Host}/bench/server@{tools.Push("bench/server", marker)}";
        tools.Sign(cosign, image, "release");
        return image;
    }

    private static byte[] Question(string operation, MCPServer server, MCPServer? old) => KubernetesJson.SerializeToUtf8Bytes(new JsonObject
    {
        ["apiVersion"] = "admission.k8s.io/v1",
        ["kind"] = "AdmissionReview",
        ["request"] = new JsonObject
        {
            ["uid"] = "705ab4f5-6393-11e8-b7cc-42010a800002",
            ["kind"] = new JsonObject { ["group"] = ApiGroup.Name, ["version"] = "v1alpha1", ["kind"] = "MCPServer" },
            ["name"] = server.Metadata.Name,
            ["namespace"] = Ns,
            ["operation"] = operation,
            ["userInfo"] = new JsonObject { ["username"] = User },
            ["object"] = KubernetesJson.SerializeToNode(server),
            ["oldObject"] = old is null ? null : KubernetesJson.SerializeToNode(old),
            ["dryRun"] = true,
        },
    });
}
