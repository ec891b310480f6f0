using System.Collections.Concurrent;
using System.Net;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.TestKit;

namespace McpOperator.Integration.Tests;

/// <summary>What must not be, is refused, and the refusal names the field.</summary>
[Order(0)]
public sealed class InputTests : ServerTest
{
    private const int FirstWithRules = 25;

    private static readonly Dictionary<string, ResourceType> Types = new[]
    {
        Kinds.Server, Kinds.ToolConfig, ResourceType.Of<MCPAccessGrant>(), ResourceType.Of<MCPAgentSession>(),
    }.ToDictionary(t => t.Kind);

    [Test]
    public async Task The_API_server_refuses_everything_that_breaks_a_bound_and_names_the_field()
    {
        foreach (var kind in Rejections.Kinds)
        {
            var valid = Rejections.Valid(kind);
            await Api.CreateAsync(Types[kind], Ns, valid);
        }

        var cases = Rejections.All().Where(c => c.IsEnforcedByOldServers || Cluster.MinorVersion >= FirstWithRules).ToList();
        var wrong = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (bad, _) =>
        {
            var answer = await TryAsync(bad);
            if (answer.Code != HttpStatusCode.UnprocessableEntity)
            {
                wrong.Add($"{bad}: {(answer.IsGood ? "accepted" : answer)}");
            }
            else if (!answer.Body.List("details.causes").Any(c => bad.Names(c.Text("field"))) || (bad.Says is { } says && !answer.Text.Contains(says, StringComparison.Ordinal)))
            {
                wrong.Add($"{bad}: does not name {bad.Field}: {answer.Body.Text("message")}");
            }
        });

        Suite.Say($"  {cases.Count} bad objects, {wrong.Count} of them not refused as they should");
        wrong.Should().BeEmpty();
    }

    [Test]
    public async Task A_name_of_63_characters_works_and_so_do_names_with_dots()
    {
        foreach (var name in (string[])[new string('a', 63), "a.server.with.dots", "0-starts-with-a-digit"])
        {
            await CreateServerAsync(name, """{"runtime": "Deployment"}""");
            await UntilConditionAsync(name, "PolicyPublished", "True/");
            var children = await Eventually.Becomes(() => ChildrenAsync(name), c => c.Count == DeploymentChildren("").Count, $"all children of {name}");
            children.Should().OnlyContain(c => c.Item.Name().Length <= 63);
            await Simulated.PodsAsync(Api, Ns, name, 1);
        }
    }

    [Test]
    public async Task A_name_of_64_characters_is_refused_with_the_reason()
    {
        var name = new string('b', 64);
        try
        {
            await CreateServerAsync(name);
        }
        catch (KubeRefusedException e)
        {
            e.Message.Should().Contain("metadata.name: at most 63 characters");
            return;
        }

        // An API server without CEL lets it in; then the operator says it.
        (await UntilConditionAsync(name, "Ready", "False/NameTooLong")).Condition("SpecAccepted").Should().Contain("64 characters").And.Contain("63");
        (await Task.WhenAll(Kinds.Children.Select(type => Api.ListAsync(type, Ns)))).SelectMany(l => l).Where(o => o.List("metadata.ownerReferences").Count > 0).Should().BeEmpty();
    }

    [Test]
    public async Task An_image_that_is_not_permitted_is_refused_with_the_reason_and_runs_nothing()
    {
        foreach (var (name, image, reason) in new[]
        {
            ("tag", "ghcr.io/acme/echo:latest", "ImageNotPinned"),
            ("evil", Suite.Image.Replace("acme", "acmeevil", StringComparison.Ordinal), "RegistryNotAllowed"),
        })
        {
            await CreateServerAsync(name, $$"""{"image": "{{image}}"}""");
            await UntilConditionAsync(name, "Ready", $"False/{reason}");
            await UntilEventAsync(name, reason);
            (await ChildrenAsync(name)).Should().BeEmpty();
        }
    }

    /// <summary>Tries, without leaving anything.</summary>
    private async Task<KubeAnswer> TryAsync(Rejection bad)
    {
        var type = Types[bad.Kind];
        if (bad.Before is null)
        {
            return await Api.SendAsync(HttpMethod.Post, KubeApi.Path(type, Ns) + "?dryRun=All", bad.After);
        }

        var name = bad.Before.Name();
        while (true)
        {
            // The operator writes statuses meanwhile.
            var live = await Api.GetAsync(type, Ns, name);
            var after = bad.After.DeepClone().AsObject();
            after["metadata"]!["resourceVersion"] = live.Version();
            var answer = await Api.SendAsync(HttpMethod.Put, KubeApi.Path(type, Ns, name, bad.InStatus ? "status" : null) + "?dryRun=All", after);
            if (answer.Code != HttpStatusCode.Conflict)
            {
                return answer;
            }
        }
    }
}
