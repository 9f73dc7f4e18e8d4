// The life of a job through the client that oapi-codegen generates (package api, in the folder beside this file when it runs).
//
//	go run . URL FILE
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"mathmill-test-clients/api"
)

func main() {
	url, path := os.Args[1], os.Args[2]
	ctx := context.Background()
	client, err := api.NewClientWithResponses(url)
	check(err)
	operations := []string{"7 + 4 + 6 - 5 * 2", "0.1 + 0.2", "1 / 0"}

	// A job from a list of operations.
	created, err := client.CreateJobWithResponse(ctx, nil, api.JobUpload{Operations: operations})
	check(err)
	expect(created.StatusCode() == 201 && created.JSON201.CreatedOperations == 3, created.Body)
	id := created.JSON201.Id
	wait := 60
	job, err := client.GetJobWithResponse(ctx, id, &api.GetJobParams{Wait: &wait})
	check(err)
	expect(job.JSON200.Status == "Completed" && job.JSON200.Succeeded == 2 && job.JSON200.Failed == 1, job.Body)

	// A job from a file.
	file, err := os.Open(path)
	check(err)
	name := "from oapi-codegen"
	params := &api.CreateJobParams{Name: &name}
	uploaded, err := client.CreateJobWithBodyWithResponse(ctx, params, "application/octet-stream", file)
	check(err)
	expect(uploaded.StatusCode() == 201 && uploaded.JSON201.CreatedOperations == 250, uploaded.Body)
	uploadedID := uploaded.JSON201.Id

	// Events until the end.
	events, err := client.WatchJobWithResponse(ctx, uploadedID, nil)
	check(err)
	expect(strings.Contains(string(events.Body), `data: {"reason":"finished"}`), events.Body)

	// Pages.
	list, err := client.ListJobsWithResponse(ctx, nil)
	check(err)
	found := false
	for _, item := range list.JSON200.Items {
		found = found || item.Id == uploadedID && *item.Name == name
	}
	expect(found, list.Body)
	first, err := client.ListOperationsWithResponse(ctx, uploadedID, nil)
	check(err)
	expect(first.JSON200.Total == 250 && len(first.JSON200.Items) == 30 && *first.JSON200.Items[0].Result == "2", first.Body)
	page, size := 2, 100
	second, err := client.ListOperationsWithResponse(ctx, uploadedID, &api.ListOperationsParams{Page: &page, Size: &size})
	check(err)
	expect(second.JSON200.Items[0].Id == "101", second.Body)

	// Results.
	results, err := client.GetResultsWithResponse(ctx, id, nil)
	check(err)
	expect(string(results.Body) == "7\n0.3\nERROR DIV0: Division by zero. (column 3)\n", results.Body)

	// A few operations without a job.
	outcomes, err := client.EvaluateWithResponse(ctx, nil, api.EvaluationRequest{Operations: operations})
	check(err)
	expect(*outcomes.JSON200.Results[1].Result == "0.3" && outcomes.JSON200.Results[2].Error.Code == "DIV0", outcomes.Body)

	// Cancel, delete, and the problem of a job that is gone.
	cancelled, err := client.CancelJobWithResponse(ctx, id)
	check(err)
	expect(cancelled.JSON200.Status == "Completed", cancelled.Body)
	for _, jobID := range []string{id, uploadedID} {
		deleted, err := client.DeleteJobWithResponse(ctx, jobID)
		check(err)
		expect(deleted.StatusCode() == 204, deleted.Body)
	}
	gone, err := client.GetJobWithResponse(ctx, id, nil)
	check(err)
	expect(gone.StatusCode() == 404 && gone.ApplicationproblemJSON404.Code == "JOB_NOT_FOUND", gone.Body)
	fmt.Println("passed")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// expect ends the program with the body of the response when it is not the expected one.
func expect(isExpected bool, body []byte) {
	if !isExpected {
		panic("unexpected response: " + string(body))
	}
}
